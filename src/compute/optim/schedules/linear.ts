/**
 * Linear decay after linear warm-up (torch LinearLR after LinearLR).
 *   step s = 0, 1, ...   s < warmup: peak (s + 1) / warmup
 *   s < total:           floor + (peak - floor) (total - s) / (total - warmup)
 *   else:                floor
 */
import type { Schedule } from '../schedule.ts';
import { warmUpRate } from './warmup.ts';

/** Rate of the step with this index from 0. */
export function linearRate(schedule: Schedule, step: number): number {
  const { learningRate: peak, minLearningRate: floor, warmupSteps, totalSteps } = schedule;
  if (step < warmupSteps) return warmUpRate(schedule, step);
  if (step >= totalSteps) return floor;
  return floor + ((peak - floor) * (totalSteps - step)) / (totalSteps - warmupSteps);
}
