/**
 * Token embedding: row t of the table for token t.
 *   y[n] = E[token[n]]                          E (V, D), y (N, D)
 *   dE[v] = sum over n ascending with token[n] = v of dy[n], each partial sum rounded to f32
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import { invariant } from '../invariant.ts';

export function embeddingForward(
  y: Float32Array, // (N, D)
  table: Float32Array, // (V, D)
  tokens: Uint16Array, // (N)
  width: number,
): void {
  for (let n = 0; n < tokens.length; n += 1) {
    const from = tokens[n]! * width;
    const to = n * width;
    for (let d = 0; d < width; d += 1) y[to + d] = table[from + d]!;
  }
}

/** Overwrites `dTable`, or adds to it. */
export function embeddingBackward(
  dTable: Float32Array, // (V, D)
  dy: Float32Array, // (N, D)
  tokens: Uint16Array, // (N)
  width: number,
  accumulate: boolean,
): void {
  if (!accumulate) dTable.fill(0);
  for (let n = 0; n < tokens.length; n += 1) {
    const to = tokens[n]! * width;
    const from = n * width;
    for (let d = 0; d < width; d += 1) dTable[to + d]! += dy[from + d]!;
  }
}

/** @param tokens (N), read at every run: the caller fills it */
export function embedding(graph: Graph, table: Value, tokens: Uint16Array): Value {
  const [, width] = table.shape as [number, number];
  invariant(table.shape.length === 2, 'a table (V, D)');
  return graph.apply({
    name: 'embedding',
    inputs: [table],
    shape: [tokens.length, width],
    formula: { of: 'embedding', tokens, width },
    bind: ({
      backend: { kernels },
      inputs: [rows],
      result,
      gradients: [dTable],
      resultGradient,
    }) => ({
      forward: () => kernels.embeddingForward(result, rows!, tokens, width),
      backward() {
        if (dTable)
          kernels.embeddingBackward(dTable.data, resultGradient, tokens, width, dTable.accumulate);
      },
    }),
  });
}
