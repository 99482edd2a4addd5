/**
 * Dynamic loss scaling (Micikevicius et al. 2018), semantics of torch.amp.GradScaler: the loss is
 * multiplied by `scale` so that gradients stay above what their format can hold.
 *   gradients not finite:  scale <- max(min, scale backoff), good steps <- 0; the step is skipped
 *   else:                  good steps + 1; at the interval scale <- scale growth unless that is
 *                          above max, and good steps <- 0
 * As in torch the scale is an f32, rounded at each change. torch's bounds are max = the largest f32
 * and no min; with powers of two for scale and factors, scaling moves no bit but by underflow and
 * overflow. A pure state machine: its state is plain JSON.
 */
import { fieldsOf, settingsInvalid } from '../json-fields.ts';

export interface LossScalingSettings {
  readonly initialScale: number;
  /** Above 1. */
  readonly growthFactor: number;
  /** Below 1. */
  readonly backoffFactor: number;
  /** Good steps in a row until the scale grows. */
  readonly growthInterval: number;
  readonly minScale: number;
  readonly maxScale: number;
}

export interface LossScale {
  readonly scale: number;
  /** Steps since the scale changed or a step was skipped. */
  readonly goodSteps: number;
}

const SCALE_MIN = 2 ** -126;
const SCALE_MAX = 3.4028234663852886e38;
const INTERVAL_MAX = 1e9;

/** Throws TrainingInputError `spec_invalid` for anything but LossScalingSettings. */
export function parseLossScalingSettings(value: unknown): LossScalingSettings {
  const what = 'loss scaling';
  const fields = fieldsOf(value, what, [
    'initialScale',
    'growthFactor',
    'backoffFactor',
    'growthInterval',
    'minScale',
    'maxScale',
  ]);
  const minScale = single(fields.real('minScale', SCALE_MIN, SCALE_MAX), what);
  const maxScale = single(fields.real('maxScale', minScale, SCALE_MAX), what);
  const growthFactor = fields.real('growthFactor', 1, 65536);
  const backoffFactor = fields.real('backoffFactor', 2 ** -16, 1);
  if (growthFactor === 1 || backoffFactor === 1) {
    throw settingsInvalid(what, 'growth is above 1 and backoff below');
  }
  return {
    initialScale: single(fields.real('initialScale', minScale, maxScale), what),
    growthFactor,
    backoffFactor,
    growthInterval: fields.whole('growthInterval', 1, INTERVAL_MAX),
    minScale,
    maxScale,
  };
}

/** Throws TrainingInputError `spec_invalid` for anything but a state that these settings can reach. */
export function parseLossScale(settings: LossScalingSettings, value: unknown): LossScale {
  const fields = fieldsOf(value, 'loss scale', ['scale', 'goodSteps']);
  return {
    scale: single(fields.real('scale', settings.minScale, settings.maxScale), 'loss scale'),
    goodSteps: fields.whole('goodSteps', 0, settings.growthInterval - 1),
  };
}

function single(value: number, what: string): number {
  if (Math.fround(value) === value) return value;
  throw settingsInvalid(what, `${value} is no f32`);
}

export function initialLossScale({ initialScale }: LossScalingSettings): LossScale {
  return { scale: initialScale, goodSteps: 0 };
}

/** The scale of the next step. @param finite whether all gradients of this one were */
export function nextLossScale(
  { growthFactor, backoffFactor, growthInterval, minScale, maxScale }: LossScalingSettings,
  { scale, goodSteps }: LossScale,
  finite: boolean,
): LossScale {
  if (!finite) {
    return { scale: Math.max(minScale, Math.fround(scale * backoffFactor)), goodSteps: 0 };
  }
  if (goodSteps + 1 < growthInterval) return { scale, goodSteps: goodSteps + 1 };
  const grown = Math.fround(scale * growthFactor);
  return { scale: grown > maxScale ? scale : grown, goodSteps: 0 };
}
