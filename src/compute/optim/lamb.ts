/**
 * Layer-wise adaptive moments (You et al. 2020, arXiv 1904.00962, algorithm 2), a tensor a layer, phi
 * the identity, with bias correction, for step t = 1, 2, ...:
 *   m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2
 *   u = m / (1 - b1^t) / (sqrt(v) / sqrt(1 - b2^t) + eps) + wd p
 *   p <- p - lr |p| / |u| u
 * Where the paper is silent, timm: the ratio is 1 if |p| or |u| is 0, and, as in apex without
 * `use_nvlamb`, for tensors without weight decay unless `adaptUndecayed`. Clipping is not part of it, as
 * it is there. Norms: f64, elements ascending; u is computed twice rather than kept. g is the
 * gradient times `gradientScale`.
 */
import { fieldsOf } from '../json-fields.ts';
import type { UpdateKernels } from '../kernels.ts';
import {
  ADAM_KINDS,
  BETA1_MAX,
  BETA2_MAX,
  EPS_MIN,
  WEIGHT_DECAY_MAX,
  adamWFactors,
} from './adamw.ts';
import type { AdamWFactors, AdamWSettings } from './adamw.ts';
import type { Optimizer } from './optimizer.ts';

export interface LambSettings extends AdamWSettings {
  readonly adaptUndecayed: boolean;
}

/** Throws TrainingInputError `spec_invalid`. */
export function parseLambSettings(value: unknown): LambSettings & { readonly name: 'lamb' } {
  const members = ['name', 'beta1', 'beta2', 'eps', 'weightDecay', 'adaptUndecayed'];
  const fields = fieldsOf(value, 'lamb', members);
  return {
    name: 'lamb',
    beta1: fields.real('beta1', 0, BETA1_MAX),
    beta2: fields.real('beta2', 0, BETA2_MAX),
    eps: fields.real('eps', EPS_MIN, 1),
    weightDecay: fields.real('weightDecay', 0, WEIGHT_DECAY_MAX),
    adaptUndecayed: fields.flag('adaptUndecayed'),
  };
}

type LambKernels = Pick<UpdateKernels, 'lambMoments' | 'lambSquares' | 'lambMove' | 'sumOfSquares'>;

/** @param kernels a backend's, to the same bits */
export function lamb(
  { beta1, beta2, eps, weightDecay, adaptUndecayed }: LambSettings,
  kernels: LambKernels,
): Optimizer {
  const settings = { beta1, beta2, eps, weightDecay: 0 };
  return {
    weightDecay,
    kinds: ADAM_KINDS,
    update(p, g, [m, v], step) {
      // With a rate of 1, `factors.rate` is the bias correction of the first moment alone.
      const factors = adamWFactors(settings, {
        t: step.t,
        learningRate: 1,
        gradientScale: step.gradientScale,
      });
      kernels.lambMoments(g, m!, v!, factors);
      const adapts = step.weightDecay !== 0 || adaptUndecayed;
      const ratio = adapts ? trustRatio(p, m!, v!, factors, step.weightDecay, kernels) : 1;
      kernels.lambMove(p, m!, v!, factors, step.weightDecay, step.learningRate * ratio);
    },
  };
}

export function lambMoments(
  g: Float32Array,
  m: Float32Array,
  v: Float32Array,
  { beta1, beta2, gradientScale }: AdamWFactors,
): void {
  for (let i = 0; i < g.length; i += 1) {
    const gradient = g[i]! * gradientScale;
    m[i] = beta1 * m[i]! + (1 - beta1) * gradient;
    v[i] = beta2 * v[i]! + (1 - beta2) * gradient * gradient;
  }
}

function trustRatio(
  p: Float32Array,
  m: Float32Array,
  v: Float32Array,
  factors: AdamWFactors,
  weightDecay: number,
  kernels: LambKernels,
): number {
  const weightNorm = Math.sqrt(kernels.sumOfSquares(p));
  const updateNorm = Math.sqrt(kernels.lambSquares(p, m, v, factors, weightDecay));
  return weightNorm === 0 || updateNorm === 0 ? 1 : weightNorm / updateNorm;
}

/** Sum of u^2. */
export function lambSquares(
  p: Float32Array,
  m: Float32Array,
  v: Float32Array,
  { rate, inverseRoot, eps }: AdamWFactors,
  weightDecay: number,
): number {
  let sum = 0;
  for (let i = 0; i < p.length; i += 1) {
    const u = (rate * m[i]!) / (Math.sqrt(v[i]!) * inverseRoot + eps) + weightDecay * p[i]!;
    sum += u * u;
  }
  return sum;
}

export function lambMove(
  p: Float32Array,
  m: Float32Array,
  v: Float32Array,
  { rate, inverseRoot, eps }: AdamWFactors,
  weightDecay: number,
  along: number,
): void {
  for (let i = 0; i < p.length; i += 1) {
    const u = (rate * m[i]!) / (Math.sqrt(v[i]!) * inverseRoot + eps) + weightDecay * p[i]!;
    p[i] = p[i]! - along * u;
  }
}
