/**
 * Addition, as of a residual branch, and its backward.
 *   y = a + b;   da = dy, db = dy;   elementwise, one f32 rounding each
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import type { Gradient } from '../autodiff/gradient.ts';
import type { Kernels } from '../kernels.ts';
import { invariant } from '../invariant.ts';
import { sameShape } from '../tensors/tensor.ts';

export function addForward(y: Float32Array, a: Float32Array, b: Float32Array): void {
  for (let i = 0; i < y.length; i += 1) y[i] = a[i]! + b[i]!;
}

/** What `dy` passes on unchanged. */
function passOn({ data, accumulate }: Gradient, dy: Float32Array, kernels: Kernels): void {
  if (accumulate) kernels.add(data, data, dy);
  else if (data.byteOffset !== dy.byteOffset || data.buffer !== dy.buffer) data.set(dy);
}

/** a, b: the same shape, which is the result's. */
export function add(graph: Graph, a: Value, b: Value): Value {
  invariant(sameShape(a.shape, b.shape), 'sums of equal shapes');
  return graph.apply({
    name: 'add',
    inputs: [a, b],
    shape: a.shape,
    formula: { of: 'add' },
    reuses: [{ place: { of: 'gradient', index: 0 }, over: { of: 'resultGradient' } }],
    bind: ({
      backend: { kernels },
      inputs: [left, right],
      result,
      gradients: [da, db],
      resultGradient,
    }) => ({
      forward: () => kernels.add(result, left!, right!),
      backward() {
        if (db) passOn(db, resultGradient, kernels);
        if (da) passOn(da, resultGradient, kernels);
      },
    }),
  });
}
