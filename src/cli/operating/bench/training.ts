/** How many tokens a second this machine trains, against the same on one thread. */
import assert from 'node:assert';
import { systemClock } from '../../../adapters/system-clock.ts';
import { runBenchmark, speedOf } from '../../../roles/benchmark.ts';
import type { ComputeLane } from '../../../roles/compute-lane.ts';
import type { Rates } from './in-turns.ts';
import { inTurns } from './in-turns.ts';

/** @param alone exact kernels, one thread. What both compute must be the same bits where both are exact. */
export async function trainingRates(
  rounds: number,
  lane: ComputeLane,
  alone: ComputeLane,
): Promise<Rates> {
  const results = new Set<string>();
  const speed = async (one: ComputeLane): Promise<number> => {
    const done = await runBenchmark(one, systemClock);
    if (one.info.computeClass === 'exact') results.add(done.result);
    return speedOf(done);
  };
  const rates = await inTurns(
    rounds,
    () => speed(alone),
    () => speed(lane),
  );
  assert(results.size === 1, 'exact kernels give the same bits on any number of threads');
  return rates;
}
