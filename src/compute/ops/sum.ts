/**
 * Sum of all elements.
 *   y = sum_i x_i, i ascending in f64, rounded to f32 once;   dx_i = dy
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';

/** (...) -> (1) */
export function sum(graph: Graph, x: Value): Value {
  return graph.apply({
    name: 'sum',
    inputs: [x],
    shape: [1],
    bind: ({ inputs: [terms], result, gradients: [dx], resultGradient: dy }) => ({
      forward() {
        let total = 0;
        for (let i = 0; i < terms!.length; i += 1) total += terms![i]!;
        result[0] = total;
      },
      backward() {
        if (dx?.accumulate === true)
          for (let i = 0; i < dx.data.length; i += 1) dx.data[i]! += dy[0]!;
        else dx?.data.fill(dy[0]!);
      },
    }),
  });
}
