/**
 * Layer-wise adaptive rate scaling (You, Gitman and Ginsburg 2017, algorithm 1), a tensor a layer:
 *   local = trust |p| / (|g| + wd |p|)
 *   b <- momentum b + lr local (g + wd p);  p <- p - b
 * The rate is inside the momentum, as in the paper; apex (LARC) and timm put it outside, which is the
 * same only while the rate is constant. Where the paper is silent, timm: local = 1 if |p| or |g| is 0
 * (apex then leaves the decay away as well), and unless `adaptUndecayed`, local = 1 for tensors without
 * weight decay (gains and biases, where groups take their decay away). No eps: nothing is divided by
 * 0. Norms: f64, elements ascending. g is the gradient times `gradientScale`.
 */
import { fieldsOf } from '../json-fields.ts';
import type { UpdateKernels } from '../kernels.ts';
import { WEIGHT_DECAY_MAX } from './adamw.ts';
import type { Optimizer, TensorStep } from './optimizer.ts';
import { MOMENTUM_KINDS } from './sgd.ts';

export interface LarsSettings {
  readonly momentum: number;
  /** The paper's eta. */
  readonly trustCoefficient: number;
  readonly weightDecay: number;
  readonly adaptUndecayed: boolean;
}

/** Throws TrainingInputError `spec_invalid`. */
export function parseLarsSettings(value: unknown): LarsSettings & { readonly name: 'lars' } {
  const members = ['name', 'momentum', 'trustCoefficient', 'weightDecay', 'adaptUndecayed'];
  const fields = fieldsOf(value, 'lars', members);
  return {
    name: 'lars',
    momentum: fields.real('momentum', 0, 1),
    trustCoefficient: fields.real('trustCoefficient', 1e-9, 1e3),
    weightDecay: fields.real('weightDecay', 0, WEIGHT_DECAY_MAX),
    adaptUndecayed: fields.flag('adaptUndecayed'),
  };
}

type LarsKernels = Pick<UpdateKernels, 'lars' | 'sumOfSquares'>;

/** @param kernels a backend's, to the same bits */
export function lars(settings: LarsSettings, kernels: LarsKernels): Optimizer {
  const { momentum, weightDecay } = settings;
  return {
    weightDecay,
    kinds: MOMENTUM_KINDS,
    update(p, g, [b], step) {
      const rate = step.learningRate * localRate(p, g, step, settings, kernels);
      kernels.lars(p, g, b!, step, momentum, rate);
    },
  };
}

function localRate(
  p: Float32Array,
  g: Float32Array,
  { weightDecay, gradientScale }: TensorStep,
  { trustCoefficient, adaptUndecayed }: LarsSettings,
  { sumOfSquares }: LarsKernels,
): number {
  if (weightDecay === 0 && !adaptUndecayed) return 1;
  const weightNorm = Math.sqrt(sumOfSquares(p));
  const gradientNorm = Math.sqrt(sumOfSquares(g)) * gradientScale;
  if (weightNorm === 0 || gradientNorm === 0) return 1;
  return (trustCoefficient * weightNorm) / (gradientNorm + weightDecay * weightNorm);
}

export function larsUpdate(
  p: Float32Array,
  g: Float32Array,
  b: Float32Array,
  { weightDecay, gradientScale }: TensorStep,
  momentum: number,
  rate: number,
): void {
  for (let i = 0; i < p.length; i += 1) {
    b[i] = momentum * b[i]! + rate * (g[i]! * gradientScale + weightDecay * p[i]!);
    p[i] = p[i]! - b[i]!;
  }
}
