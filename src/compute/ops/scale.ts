/**
 * Multiplication by a number.
 *   y = c x;   dx = c dy;   elementwise, c in f64, one f32 rounding each
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';

export function scale(graph: Graph, x: Value, factor: number): Value {
  return graph.apply({
    name: 'scale',
    inputs: [x],
    shape: x.shape,
    reuses: [{ place: { of: 'gradient', index: 0 }, over: { of: 'resultGradient' } }],
    bind: ({ inputs: [from], result, gradients: [dx], resultGradient: dy }) => ({
      forward() {
        for (let i = 0; i < result.length; i += 1) result[i] = factor * from![i]!;
      },
      backward() {
        if (dx?.accumulate === true)
          for (let i = 0; i < dy.length; i += 1) dx.data[i]! += factor * dy[i]!;
        else if (dx) for (let i = 0; i < dy.length; i += 1) dx.data[i] = factor * dy[i]!;
      },
    }),
  });
}
