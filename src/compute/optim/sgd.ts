/**
 * Stochastic gradient descent with momentum (Sutskever et al. 2013 for Nesterov's form), semantics
 * and order of torch.optim.SGD, for step t = 1, 2, ...:
 *   d <- g + wd p
 *   b <- d at t = 1, else momentum b + (1 - dampening) d     no b where momentum is 0
 *   p <- p - lr (d + momentum b) with Nesterov, p - lr b with momentum, p - lr d without
 * g is the gradient times `gradientScale`.
 */
import { fieldsOf, settingsInvalid } from '../json-fields.ts';
import type { UpdateKernels } from '../kernels.ts';
import { WEIGHT_DECAY_MAX } from './adamw.ts';
import type { Optimizer, TensorStep } from './optimizer.ts';

export interface SgdSettings {
  readonly momentum: number;
  readonly dampening: number;
  /** Needs momentum and no dampening. */
  readonly nesterov: boolean;
  /** Coupled: added to the gradient. */
  readonly weightDecay: number;
}

export const MOMENTUM_KINDS = [{ name: 'momentum_buffer', nonNegative: false }] as const;

/** Throws TrainingInputError `spec_invalid`. */
export function parseSgdSettings(value: unknown): SgdSettings & { readonly name: 'sgd' } {
  const members = ['name', 'momentum', 'dampening', 'nesterov', 'weightDecay'];
  const fields = fieldsOf(value, 'sgd', members);
  const momentum = fields.real('momentum', 0, 1);
  const dampening = fields.real('dampening', 0, 1);
  const nesterov = fields.flag('nesterov');
  if (nesterov && (momentum === 0 || dampening !== 0)) {
    throw settingsInvalid('sgd', 'Nesterov needs momentum and no dampening');
  }
  const weightDecay = fields.real('weightDecay', 0, WEIGHT_DECAY_MAX);
  return { name: 'sgd', momentum, dampening, nesterov, weightDecay };
}

/** @param kernels a backend's, to the same bits */
export function sgd(
  settings: SgdSettings,
  kernels: Pick<UpdateKernels, 'sgd' | 'sgdMomentum'>,
): Optimizer {
  const { momentum, dampening, nesterov, weightDecay } = settings;
  if (momentum === 0) {
    return { weightDecay, kinds: [], update: (p, g, _, step) => kernels.sgd(p, g, step) };
  }
  return {
    weightDecay,
    kinds: MOMENTUM_KINDS,
    update(p, g, [b], step) {
      const first = step.t === 1;
      const [keep, take] = [first ? 0 : momentum, first ? 1 : 1 - dampening];
      kernels.sgdMomentum(p, g, b!, step, keep, take, nesterov ? momentum : null);
    },
  };
}

export function sgdUpdate(
  p: Float32Array,
  g: Float32Array,
  { learningRate, weightDecay, gradientScale }: TensorStep,
): void {
  for (let i = 0; i < p.length; i += 1) {
    p[i] = p[i]! - learningRate * (g[i]! * gradientScale + weightDecay * p[i]!);
  }
}

/** b <- keep b + take d; with `lookAhead` p moves along d + lookAhead b, else along b. */
export function momentumUpdate(
  p: Float32Array,
  g: Float32Array,
  b: Float32Array,
  { learningRate, weightDecay, gradientScale }: TensorStep,
  keep: number,
  take: number,
  lookAhead: number | null,
): void {
  const own = lookAhead === null ? 0 : 1;
  const ahead = lookAhead ?? 1;
  for (let i = 0; i < p.length; i += 1) {
    const d = g[i]! * gradientScale + weightDecay * p[i]!;
    b[i] = keep * b[i]! + take * d;
    p[i] = p[i]! - learningRate * (own * d + ahead * b[i]!);
  }
}
