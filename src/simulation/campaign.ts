/**
 * A campaign: many seeds, on as many threads as there are cores. Which thread plays a seed changes
 * nothing; outcomes arrive as they come.
 */
import { Worker } from 'node:worker_threads';
import type { Order } from './campaign-thread.ts';
import type { Sizes, Trouble } from './scenario.ts';
import type { Outcome } from './simulation.ts';

/** Much of what a network makes lives for one exchange; in a larger nursery it is dead by then. */
const YOUNG_MB = 48;

export interface Campaign {
  /** Seeds to play; drawn from as threads become free, so it may be endless. */
  readonly seeds: Iterator<string>;
  /** Each seed draws its own. */
  readonly sizes: Sizes;
  readonly trouble: Trouble;
  readonly threads: number;
  /** Called with each outcome; false: no further seed is begun. */
  readonly onOutcome: (outcome: Outcome) => boolean;
}

export async function runCampaign(campaign: Campaign): Promise<void> {
  let goOn = true;
  const play = async (): Promise<void> => {
    const thread = new Worker(new URL('./campaign-thread.ts', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    try {
      for (;;) {
        const seed = goOn ? campaign.seeds.next() : null;
        if (seed === null || seed.done === true) return;
        const { sizes, trouble } = campaign;
        const outcome = await played(thread, { seed: seed.value, sizes, trouble });
        goOn = campaign.onOutcome(outcome) && goOn;
      }
    } finally {
      await thread.terminate();
    }
  };
  await Promise.all(Array.from({ length: campaign.threads }, play));
}

function played(thread: Worker, order: Order): Promise<Outcome> {
  return new Promise((resolve, rejectWith) => {
    const reject = (cause: Error): void =>
      rejectWith(new Error(`seed ${order.seed}: the thread ended: ${cause.message}`, { cause }));
    thread.once('message', (outcome: Outcome) => {
      thread.off('error', reject);
      resolve(outcome);
    });
    thread.once('error', reject);
    thread.postMessage(order);
  });
}
