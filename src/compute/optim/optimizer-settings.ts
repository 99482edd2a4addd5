/**
 * Which optimizer and with which numbers: plain JSON, told apart by `name`.
 */
import { nameOf } from '../json-fields.ts';
import type { UpdateKernels } from '../kernels.ts';
import { adam, parseAdamSettings } from './adam.ts';
import { adamW, parseAdamWSettings } from './adamw.ts';
import { lamb, parseLambSettings } from './lamb.ts';
import { lars, parseLarsSettings } from './lars.ts';
import type { Optimizer } from './optimizer.ts';
import { plainUpdates } from './plain-updates.ts';
import { parseSgdSettings, sgd } from './sgd.ts';

export type OptimizerSettings =
  | ReturnType<typeof parseSgdSettings>
  | ReturnType<typeof parseAdamSettings>
  | ReturnType<typeof parseAdamWSettings>
  | ReturnType<typeof parseLarsSettings>
  | ReturnType<typeof parseLambSettings>;

export const OPTIMIZER_NAMES = ['sgd', 'adam', 'adamw', 'lars', 'lamb'] as const;

/** Throws TrainingInputError `spec_invalid` for anything but OptimizerSettings. */
export function parseOptimizerSettings(value: unknown): OptimizerSettings {
  switch (nameOf(value, 'optimizer', OPTIMIZER_NAMES)) {
    case 'sgd':
      return parseSgdSettings(value);
    case 'adam':
      return parseAdamSettings(value);
    case 'adamw':
      return parseAdamWSettings(value);
    case 'lars':
      return parseLarsSettings(value);
    case 'lamb':
      return parseLambSettings(value);
  }
}

/** @param kernels a backend's, to the bits of the loops */
export function openOptimizer(
  settings: OptimizerSettings,
  kernels: UpdateKernels = plainUpdates,
): Optimizer {
  switch (settings.name) {
    case 'sgd':
      return sgd(settings, kernels);
    case 'adam':
      return adam(settings, kernels);
    case 'adamw':
      return adamW(settings, kernels);
    case 'lars':
      return lars(settings, kernels);
    case 'lamb':
      return lamb(settings, kernels);
  }
}
