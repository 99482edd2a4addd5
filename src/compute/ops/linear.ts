/**
 * Linear map without bias, weight stored (outputs, inputs); three products on the backend.
 *   y = x W^T      x (N, I), W (O, I), y (N, O)
 *   dx = dy W,  dW = dy^T x
 * The descriptors are built once per layer so that a step allocates nothing. Order of sums: the
 * backend's (k ascending, partial sums in f32).
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import type { Passes, Places } from '../autodiff/op.ts';
import type { Backend, Gemm } from '../backend.ts';
import { invariant } from '../invariant.ts';
import { elementCount } from '../tensors/tensor.ts';

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

/** dW = dy^T x, or dW += dy^T x. */
export function linearWeightGradient(
  { rows, inputs, outputs }: LinearShape,
  dy: Float32Array,
  x: Float32Array,
  dWeight: Float32Array,
  accumulate: boolean,
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
    accumulate,
  };
}

/** Runs one product; waits only where the backend is asynchronous. */
export async function multiply(backend: Backend, op: Gemm): Promise<void> {
  const pending = backend.gemm(op);
  if (pending !== undefined) await pending;
}

/** x (..., I) -> (N, O), N the product of the leading dimensions of x. */
export function linear(graph: Graph, x: Value, weight: Value): Value {
  const [outputs, inputs] = weight.shape as [number, number];
  invariant(weight.shape.length === 2 && x.shape.at(-1) === inputs, 'a width of x that W takes');
  const shape = { rows: elementCount(x.shape) / inputs, inputs, outputs };
  return graph.apply({
    name: 'linear',
    inputs: [x, weight],
    shape: [shape.rows, outputs],
    formula: { of: 'linear', ...shape },
    rereads: [...(weight.differentiable ? [0] : []), ...(x.differentiable ? [1] : [])],
    bind: (places) => bindLinear(shape, places),
  });
}

function bindLinear(shape: LinearShape, places: Places): Passes {
  const { backend, result, gradients, resultGradient } = places;
  const [x, weight] = places.inputs as [Float32Array, Float32Array];
  const [dx, dWeight] = gradients;
  const product = linearForward(shape, x, weight, result);
  const weightGradient = dWeight && {
    onto: linearWeightGradient(shape, resultGradient, x, dWeight.data, true),
    fresh: linearWeightGradient(shape, resultGradient, x, dWeight.data, false),
  };
  const inputGradient = dx && {
    onto: linearInputGradient(shape, resultGradient, weight, dx.data, true),
    fresh: linearInputGradient(shape, resultGradient, weight, dx.data, false),
  };
  return {
    forward: () => multiply(backend, product),
    async backward() {
      if (weightGradient)
        await multiply(backend, dWeight.accumulate ? weightGradient.onto : weightGradient.fresh);
      if (inputGradient)
        await multiply(backend, dx.accumulate ? inputGradient.onto : inputGradient.fresh);
    },
  };
}
