/**
 * Elementwise product.
 *   y = a b;   da = dy b, db = dy a;   one f32 rounding each
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import type { Gradient } from '../autodiff/gradient.ts';
import { invariant } from '../invariant.ts';
import { sameShape } from '../tensors/tensor.ts';

function productForward(y: Float32Array, a: Float32Array, b: Float32Array): void {
  for (let i = 0; i < y.length; i += 1) y[i] = a[i]! * b[i]!;
}

/** Of one factor, given the other. */
function productBackward(
  { data, accumulate }: Gradient,
  dy: Float32Array,
  other: Float32Array,
): void {
  if (accumulate) for (let i = 0; i < dy.length; i += 1) data[i]! += dy[i]! * other[i]!;
  else for (let i = 0; i < dy.length; i += 1) data[i] = dy[i]! * other[i]!;
}

/** a, b: the same shape, which is the result's. */
export function multiply(graph: Graph, a: Value, b: Value): Value {
  invariant(sameShape(a.shape, b.shape), 'products of equal shapes');
  return graph.apply({
    name: 'multiply',
    inputs: [a, b],
    shape: a.shape,
    rereads: [...(b.differentiable ? [0] : []), ...(a.differentiable ? [1] : [])],
    bind: ({ inputs: [left, right], result, gradients: [da, db], resultGradient }) => ({
      forward: () => productForward(result, left!, right!),
      backward() {
        if (da) productBackward(da, resultGradient, right!);
        if (db) productBackward(db, resultGradient, left!);
      },
    }),
  });
}
