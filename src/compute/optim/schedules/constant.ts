/**
 * Constant learning rate after linear warm-up.
 *   step s = 0, 1, ...   s < warmup: peak (s + 1) / warmup;   else: peak
 */
import { warmUpRate } from './warmup.ts';
import type { WarmUp } from './warmup.ts';

/** Rate of the step with this index from 0. */
export function constantRate(schedule: WarmUp, step: number): number {
  return step < schedule.warmupSteps ? warmUpRate(schedule, step) : schedule.learningRate;
}
