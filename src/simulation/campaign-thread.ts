/** The far side of a campaign: plays the seeds it is given, one after the other. */
import { parentPort } from 'node:worker_threads';
import type { Size, Trouble } from './scenario.ts';
import { drawScenario } from './scenario.ts';
import { simulate } from './simulation.ts';

export interface Order {
  readonly seed: string;
  readonly size: Size;
  readonly trouble: Trouble;
}

parentPort?.on('message', ({ seed, size, trouble }: Order) => {
  simulate(drawScenario(seed, size, trouble)).then(
    (outcome) => parentPort?.postMessage(outcome),
    (error: unknown) => {
      throw error;
    },
  );
});
