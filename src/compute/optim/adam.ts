/**
 * Adam (Kingma and Ba 2015) with coupled L2 regularisation, semantics and order of torch.optim.Adam
 * without amsgrad, for step t = 1, 2, ...:
 *   d <- g + wd p;  m <- b1 m + (1 - b1) d;  v <- b2 v + (1 - b2) d^2
 *   p <- p - lr / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps)
 * Unlike in AdamW the decay goes through the moments. g is the gradient times `gradientScale`.
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
import type { AdamWFactors } from './adamw.ts';
import type { Optimizer } from './optimizer.ts';

export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

/** Throws TrainingInputError `spec_invalid`. */
export function parseAdamSettings(value: unknown): AdamSettings & { readonly name: 'adam' } {
  const fields = fieldsOf(value, 'adam', ['name', 'beta1', 'beta2', 'eps', 'weightDecay']);
  return {
    name: 'adam',
    beta1: fields.real('beta1', 0, BETA1_MAX),
    beta2: fields.real('beta2', 0, BETA2_MAX),
    eps: fields.real('eps', EPS_MIN, 1),
    weightDecay: fields.real('weightDecay', 0, WEIGHT_DECAY_MAX),
  };
}

/** @param kernels a backend's, to the same bits */
export function adam(
  { beta1, beta2, eps, weightDecay }: AdamSettings,
  kernels: Pick<UpdateKernels, 'adam'>,
): Optimizer {
  const decoupled = { beta1, beta2, eps, weightDecay: 0 };
  return {
    weightDecay,
    kinds: ADAM_KINDS,
    update(p, g, [m, v], step) {
      kernels.adam(p, g, m!, v!, adamWFactors(decoupled, step), step.weightDecay);
    },
  };
}

export function adamUpdate(
  p: Float32Array,
  g: Float32Array,
  m: Float32Array,
  v: Float32Array,
  { beta1, beta2, eps, rate, inverseRoot, gradientScale }: AdamWFactors,
  weightDecay: number,
): void {
  for (let i = 0; i < p.length; i += 1) {
    const d = g[i]! * gradientScale + weightDecay * p[i]!;
    m[i] = beta1 * m[i]! + (1 - beta1) * d;
    v[i] = beta2 * v[i]! + (1 - beta2) * d * d;
    p[i] = p[i]! - (rate * m[i]!) / (Math.sqrt(v[i]!) * inverseRoot + eps);
  }
}
