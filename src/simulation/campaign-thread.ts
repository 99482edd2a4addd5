/** The far side of a campaign: plays the seeds it is given, one after the other. */
import { parentPort } from 'node:worker_threads';
import type { Sizes, Trouble } from './scenario.ts';
import { drawScenario, drawSize } from './scenario.ts';
import { simulate } from './simulation.ts';

export interface Order {
  readonly seed: string;
  readonly sizes: Sizes;
  readonly trouble: Trouble;
}

parentPort?.on('message', ({ seed, sizes, trouble }: Order) => {
  simulate(drawScenario(seed, drawSize(seed, sizes), trouble)).then(
    (outcome) => parentPort?.postMessage(outcome),
    (error: unknown) => {
      throw error;
    },
  );
});
