/**
 * ops/embedding.ts on a device. WGSL adds no floats atomically: rows come sorted by token, and one
 * workgroup sums the rows of one token, n ascending as the operation does.
 */
import { elementwise, reads, readsWords, rowwise, writes } from '../kernel.ts';
import type { Kernel, Slice } from '../kernel.ts';

export const embeddingForward = (
  { table, tokens }: Record<'table' | 'tokens', Slice>,
  y: Slice,
  width: number,
): Kernel =>
  elementwise(
    { table: reads(table), tokens: readsWords(tokens), y: writes(y) },
    y.length,
    `y[i] = table[tokens[i / ${width}u] * ${width}u + i % ${width}u];`,
  );

/** Rows of a batch by token, on the device. */
export interface RowsByToken {
  /** (N) rows, sorted by token, equal ones ascending. */
  readonly order: Slice;
  /** (N + 1) where in `order` each distinct token begins; N after the last. */
  readonly starts: Slice;
}

/** Adds to dTable (V, D). */
export const embeddingBackward = (
  { dy, tokens }: Record<'dy' | 'tokens', Slice>,
  { order, starts }: RowsByToken,
  dTable: Slice,
  width: number,
): Kernel =>
  rowwise(
    {
      dy: reads(dy),
      tokens: readsWords(tokens),
      order: readsWords(order),
      starts: readsWords(starts),
      dTable: writes(dTable),
    },
    tokens.length,
    width,
    `let start = starts[row];
  let end = starts[row + 1u];
  if (start == end) { return; }
  let to = tokens[order[start]] * ${width}u;
  for (var d = lane; d < ${width}u; d += LANES) {
    var sum = dTable[to + d];
    for (var at = start; at < end; at++) { sum += dy[order[at] * ${width}u + d]; }
    dTable[to + d] = sum;
  }`,
  );
