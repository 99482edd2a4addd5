/**
 * Cosine learning-rate schedule with linear warm-up (Loshchilov and Hutter 2017).
 *   step s = 0, 1, ...   s < warmup: peak (s + 1) / warmup
 *   s < total:           floor + (peak - floor) (1 + cos(pi (s - warmup) / (total - warmup))) / 2
 *   else:                floor
 */
import { cos } from '../math/sincos.ts';

export interface Schedule {
  readonly learningRate: number;
  readonly minLearningRate: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/** Rate of the step with this index from 0. */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { learningRate: peak, minLearningRate: floor, warmupSteps, totalSteps } = schedule;
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  if (step >= totalSteps) return floor;
  const progress = (step - warmupSteps) / (totalSteps - warmupSteps);
  return floor + 0.5 * (peak - floor) * (1 + cos(Math.PI * progress));
}
