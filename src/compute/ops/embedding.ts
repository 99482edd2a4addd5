/**
 * Token embedding: row t of the table for token t.
 *   y[n] = E[token[n]]                          E (V, D), y (N, D)
 *   dE[v] = sum over n ascending with token[n] = v of dy[n], each partial sum rounded to f32
 */

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

/** Overwrites `dTable`. */
export function embeddingBackward(
  dTable: Float32Array, // (V, D)
  dy: Float32Array, // (N, D)
  tokens: Uint16Array, // (N)
  width: number,
): void {
  dTable.fill(0);
  for (let n = 0; n < tokens.length; n += 1) {
    const to = tokens[n]! * width;
    const from = n * width;
    for (let d = 0; d < width; d += 1) dTable[to + d]! += dy[from + d]!;
  }
}
