/**
 * A linear map whose weight stays as it is, with a trained correction of low rank beside it (Hu et
 * al. 2021, equation 3):
 *   y = x W^T + u B^T,  u = s (x A^T)      x (N, I), W (O, I), A (r, I), B (O, r), u (N, r), y (N, O)
 *   dB = dy^T u,  du = s (dy B),  dA = du^T x,  dx = dy W + du A
 * s is alpha / r. Scaling rounds once an element, after the product. Order of sums: the backend's (k
 * ascending, partial sums in f32), the correction added onto the base's result.
 */
import type { Backend, Gemm } from '../backend.ts';
import { linearForward, linearInputGradient, linearWeightGradient, multiply } from './linear.ts';
import type { LinearShape } from './linear.ts';

export interface LoraShape extends LinearShape {
  readonly rank: number;
  /** s */
  readonly scale: number;
}

export interface LoraForwardBuffers {
  readonly x: Float32Array; // (N, I)
  readonly weight: Float32Array; // (O, I)
  readonly a: Float32Array; // (r, I)
  readonly b: Float32Array; // (O, r)
  readonly u: Float32Array; // (N, r) kept for backward
  readonly y: Float32Array; // (N, O)
}

export interface LoraBackwardBuffers {
  readonly dy: Float32Array; // (N, O)
  readonly du: Float32Array; // (N, r) scratch
  readonly da: Float32Array; // (r, I)
  readonly db: Float32Array; // (O, r)
  readonly dx: Float32Array; // (N, I)
}

/** The products of one adapted map, described once so that a step allocates nothing. */
export interface LoraForwardPlan {
  readonly base: Gemm;
  readonly down: Gemm;
  readonly up: Gemm;
  readonly scale: number;
}

export interface LoraBackwardPlan {
  readonly b: Gemm;
  readonly low: Gemm;
  readonly a: Gemm;
  readonly base: Gemm;
  readonly input: Gemm;
  readonly scale: number;
}

const downOf = ({ rows, inputs, rank }: LoraShape): LinearShape => ({
  rows,
  inputs,
  outputs: rank,
});
const upOf = ({ rows, outputs, rank }: LoraShape): LinearShape => ({ rows, inputs: rank, outputs });

export function planLoraForward(
  shape: LoraShape,
  { x, weight, a, b, u, y }: LoraForwardBuffers,
): LoraForwardPlan {
  return {
    base: linearForward(shape, x, weight, y),
    down: linearForward(downOf(shape), x, a, u),
    up: { ...linearForward(upOf(shape), u, b, y), accumulate: true },
    scale: shape.scale,
  };
}

/** Fills y and u. */
export async function loraForward(backend: Backend, plan: LoraForwardPlan): Promise<void> {
  await multiply(backend, plan.base);
  await multiply(backend, plan.down);
  scaleInPlace(plan.down.c, plan.scale);
  await multiply(backend, plan.up);
}

/** `accumulate`: dx is added to what is there, where several maps share their input. */
export function planLoraBackward(
  shape: LoraShape,
  { x, weight, a, b, u }: LoraForwardBuffers,
  { dy, du, da, db, dx }: LoraBackwardBuffers,
  accumulate: boolean,
): LoraBackwardPlan {
  return {
    b: linearWeightGradient(upOf(shape), dy, u, db),
    low: linearInputGradient(upOf(shape), dy, b, du, false),
    a: linearWeightGradient(downOf(shape), du, x, da),
    base: linearInputGradient(shape, dy, weight, dx, accumulate),
    input: linearInputGradient(downOf(shape), du, a, dx, true),
    scale: shape.scale,
  };
}

/** Fills da, db and dx from dy and the u that `loraForward` left. */
export async function loraBackward(backend: Backend, plan: LoraBackwardPlan): Promise<void> {
  await multiply(backend, plan.b);
  await multiply(backend, plan.low);
  scaleInPlace(plan.low.c, plan.scale);
  await multiply(backend, plan.a);
  await multiply(backend, plan.base);
  await multiply(backend, plan.input);
}

function scaleInPlace(data: Float32Array, scale: number): void {
  for (let i = 0; i < data.length; i += 1) data[i]! *= scale;
}
