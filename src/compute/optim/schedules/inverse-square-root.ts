/**
 * Inverse square root after linear warm-up (Vaswani et al. 2017, section 5.3, with the peak in place
 * of d^-0.5 warmup^-0.5; T5, Raffel et al. 2020, has the same decay). warmup >= 1 is also its unit.
 *   step s = 0, 1, ...   s < warmup: peak (s + 1) / warmup;   else: peak sqrt(warmup / (s + 1))
 */
import { warmUpRate } from './warmup.ts';
import type { WarmUp } from './warmup.ts';

/** Rate of the step with this index from 0. */
export function inverseSquareRootRate(schedule: WarmUp, step: number): number {
  const { learningRate, warmupSteps } = schedule;
  if (step < warmupSteps) return warmUpRate(schedule, step);
  return learningRate * Math.sqrt(warmupSteps / (step + 1));
}
