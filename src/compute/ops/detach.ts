/**
 * A value as a constant: what is computed from it sends no gradient back.
 *   y = x, copied;   nothing flows to x
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';

export const detach = (graph: Graph, x: Value): Value =>
  graph.withoutGradients(() =>
    graph.apply({
      name: 'detach',
      inputs: [x],
      shape: x.shape,
      bind: ({ inputs: [from], result }) => ({
        forward: () => result.set(from!),
        backward() {},
      }),
    }),
  );
