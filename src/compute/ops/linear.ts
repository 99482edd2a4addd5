/**
 * Linear map without bias, weight stored (outputs, inputs); three products on the backend.
 *   y = x W^T      x (N, I), W (O, I), y (N, O)
 *   dx = dy W,  dW = dy^T x
 * The descriptors are built once per layer so that a step allocates nothing. Order of sums: the
 * backend's (k ascending, partial sums in f32).
 */
import type { Backend, Gemm } from '../backend.ts';

export interface LinearShape {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
}

export function linearForward(
  { rows, inputs, outputs }: LinearShape,
  x: Float32Array,
  weight: Float32Array,
  y: Float32Array,
): Gemm {
  return {
    transA: false,
    transB: true,
    m: rows,
    n: outputs,
    k: inputs,
    a: x,
    b: weight,
    c: y,
    accumulate: false,
  };
}

/** dx = dy W, or dx += dy W where several maps share their input. */
export function linearInputGradient(
  { rows, inputs, outputs }: LinearShape,
  dy: Float32Array,
  weight: Float32Array,
  dx: Float32Array,
  accumulate: boolean,
): Gemm {
  return {
    transA: false,
    transB: false,
    m: rows,
    n: inputs,
    k: outputs,
    a: dy,
    b: weight,
    c: dx,
    accumulate,
  };
}

/** dW = dy^T x. */
export function linearWeightGradient(
  { rows, inputs, outputs }: LinearShape,
  dy: Float32Array,
  x: Float32Array,
  dWeight: Float32Array,
): Gemm {
  return {
    transA: true,
    transB: false,
    m: outputs,
    n: inputs,
    k: rows,
    a: dy,
    b: x,
    c: dWeight,
    accumulate: false,
  };
}

/** Runs one product; waits only where the backend is asynchronous. */
export async function multiply(backend: Backend, op: Gemm): Promise<void> {
  const pending = backend.gemm(op);
  if (pending !== undefined) await pending;
}
