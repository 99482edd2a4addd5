/**
 * AdamW with decoupled weight decay on every parameter (Loshchilov and Hutter 2019), semantics and
 * order of torch.optim.AdamW without amsgrad, for step t = 1, 2, ...:
 *   p <- p (1 - lr wd);  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2
 *   p <- p - lr / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps)
 * g is the gradient times `gradientScale` (clipping). f64 inside; m and v are rounded to f32 when
 * stored and used as stored, p is rounded once.
 */
import { fieldsOf } from '../json-fields.ts';
import { integerPower } from '../math/integer-power.ts';
import type { Tensors } from '../tensors/tensor.ts';
import type { Optimizer } from './optimizer.ts';

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

export const BETA1_MAX = 0.999999;
export const BETA2_MAX = 0.999999999;
export const EPS_MIN = 1e-30;
export const WEIGHT_DECAY_MAX = 1e3;

/** First and second moments under torch's names. */
export const ADAM_KINDS = [
  { name: 'exp_avg', nonNegative: false },
  { name: 'exp_avg_sq', nonNegative: true },
] as const;

export interface AdamWState {
  /** First moments, named as the parameters. */
  readonly m: Tensors;
  /** Second moments. */
  readonly v: Tensors;
}

export interface AdamWStep {
  /** From 1. */
  readonly t: number;
  readonly learningRate: number;
  readonly gradientScale: number;
}

/** Throws TrainingInputError `spec_invalid`. */
export function parseAdamWSettings(value: unknown): AdamWSettings & { readonly name: 'adamw' } {
  const fields = fieldsOf(value, 'adamw', ['name', 'beta1', 'beta2', 'eps', 'weightDecay']);
  return {
    name: 'adamw',
    beta1: fields.real('beta1', 0, BETA1_MAX),
    beta2: fields.real('beta2', 0, BETA2_MAX),
    eps: fields.real('eps', EPS_MIN, 1),
    weightDecay: fields.real('weightDecay', 0, WEIGHT_DECAY_MAX),
  };
}

/** As one of the optimizers; `adamWStep` is the same arithmetic. @param kernels a backend's, to the same bits */
export function adamW(
  settings: AdamWSettings,
  kernels: { readonly adamW: typeof adamWUpdate },
): Optimizer {
  const { beta1, beta2, eps } = settings;
  return {
    weightDecay: settings.weightDecay,
    kinds: ADAM_KINDS,
    update(p, g, [m, v], step) {
      const factors = adamWFactors({ beta1, beta2, eps, weightDecay: step.weightDecay }, step);
      kernels.adamW(p, g, m!, v!, factors);
    },
  };
}

/** Zeroed moments for these parameters. */
export function adamWState(parameters: Tensors): AdamWState {
  const zeros = (): Tensors =>
    new Map(
      [...parameters].map(([name, { shape, data }]) => [
        name,
        { shape, data: new Float32Array(data.length) },
      ]),
    );
  return { m: zeros(), v: zeros() };
}

/** Updates parameters and state in place. @param update a backend's kernel, to the same bits */
export function adamWStep(
  parameters: Tensors,
  gradients: Tensors,
  state: AdamWState,
  settings: AdamWSettings,
  step: AdamWStep,
  update: typeof adamWUpdate = adamWUpdate,
): void {
  const factors = adamWFactors(settings, step);
  for (const [name, { data }] of parameters) {
    const gradient = gradients.get(name)!.data;
    update(data, gradient, state.m.get(name)!.data, state.v.get(name)!.data, factors);
  }
}

/** The numbers of one step, the same for every element. */
export interface AdamWFactors {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** 1 - lr wd */
  readonly keep: number;
  /** lr / (1 - b1^t) */
  readonly rate: number;
  /** 1 / sqrt(1 - b2^t) */
  readonly inverseRoot: number;
  readonly gradientScale: number;
}

/** A step's numbers from the settings. */
export function adamWFactors(
  { beta1, beta2, eps, weightDecay }: AdamWSettings,
  { t, learningRate, gradientScale }: AdamWStep,
): AdamWFactors {
  return {
    beta1,
    beta2,
    eps,
    keep: 1 - learningRate * weightDecay,
    rate: learningRate / (1 - integerPower(beta1, t)),
    inverseRoot: 1 / Math.sqrt(1 - integerPower(beta2, t)),
    gradientScale,
  };
}

/** One tensor, in place. */
export function adamWUpdate(
  p: Float32Array,
  g: Float32Array,
  m: Float32Array,
  v: Float32Array,
  { beta1, beta2, eps, keep, rate, inverseRoot, gradientScale }: AdamWFactors,
): void {
  for (let i = 0; i < p.length; i += 1) {
    const gradient = g[i]! * gradientScale;
    m[i] = beta1 * m[i]! + (1 - beta1) * gradient;
    v[i] = beta2 * v[i]! + (1 - beta2) * gradient * gradient;
    p[i] = p[i]! * keep - (rate * m[i]!) / (Math.sqrt(v[i]!) * inverseRoot + eps);
  }
}
