/**
 * AdamW with decoupled weight decay on every parameter (Loshchilov and Hutter 2019), semantics and
 * order of torch.optim.AdamW without amsgrad, for step t = 1, 2, ...:
 *   p <- p (1 - lr wd);  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2
 *   p <- p - lr / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps)
 * g is the gradient times `gradientScale` (clipping). f64 inside; m and v are rounded to f32 when
 * stored and used as stored, p is rounded once.
 */
import { integerPower } from '../math/integer-power.ts';
import type { Tensors } from '../tensors/tensor.ts';

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

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
  const factors = factorsOf(settings, step);
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

function factorsOf(
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
