/**
 * Which learning-rate schedule and with which numbers: plain JSON, told apart by `name`.
 */
import { fieldsOf, nameOf } from '../../json-fields.ts';
import { learningRateAt } from '../schedule.ts';
import type { Schedule } from '../schedule.ts';
import { constantRate } from './constant.ts';
import { inverseSquareRootRate } from './inverse-square-root.ts';
import { linearRate } from './linear.ts';
import { LEARNING_RATE_MAX, STEPS_MAX } from './warmup.ts';
import type { WarmUp } from './warmup.ts';

export type ScheduleSettings =
  | (WarmUp & { readonly name: 'constant' | 'inverse_square_root' })
  | (Schedule & { readonly name: 'linear' | 'cosine' });

const NAMES = ['constant', 'linear', 'cosine', 'inverse_square_root'] as const;

/** Throws TrainingInputError `spec_invalid` for anything but ScheduleSettings. */
export function parseScheduleSettings(value: unknown): ScheduleSettings {
  const name = nameOf(value, 'schedule', NAMES);
  const decays = name === 'linear' || name === 'cosine';
  const members = ['name', 'learningRate', 'warmupSteps'];
  const fields = fieldsOf(
    value,
    name,
    decays ? [...members, 'minLearningRate', 'totalSteps'] : members,
  );
  const learningRate = fields.real('learningRate', 0, LEARNING_RATE_MAX);
  // The inverse square root counts in warm-ups: it needs one.
  const warmupMin = name === 'inverse_square_root' ? 1 : 0;
  const warmupSteps = fields.whole('warmupSteps', warmupMin, STEPS_MAX);
  if (name !== 'linear' && name !== 'cosine') return { name, learningRate, warmupSteps };
  const minLearningRate = fields.real('minLearningRate', 0, LEARNING_RATE_MAX);
  const totalSteps = fields.whole('totalSteps', 0, STEPS_MAX);
  return { name, learningRate, warmupSteps, minLearningRate, totalSteps };
}

/** Rate of the step with this index from 0. */
export function rateAt(schedule: ScheduleSettings, step: number): number {
  switch (schedule.name) {
    case 'constant':
      return constantRate(schedule, step);
    case 'linear':
      return linearRate(schedule, step);
    case 'cosine':
      return learningRateAt(schedule, step);
    case 'inverse_square_root':
      return inverseSquareRootRate(schedule, step);
  }
}
