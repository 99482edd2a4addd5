/**
 * The split of the model axis into heads and its inverse; each is the other's backward.
 *   (B, T, H d) <-> (B, H, T, d), copies only
 */
import type { HeadShape } from './rope.ts';

/** heads (B, H, T, d) <- flat (B, T, H d). */
export function splitHeads(heads: Float32Array, flat: Float32Array, shape: HeadShape): void {
  const { batch, length, heads: headCount, headWidth } = shape;
  for (let b = 0; b < batch; b += 1) {
    for (let h = 0; h < headCount; h += 1) {
      for (let t = 0; t < length; t += 1) {
        const from = ((b * length + t) * headCount + h) * headWidth;
        const to = ((b * headCount + h) * length + t) * headWidth;
        for (let i = 0; i < headWidth; i += 1) heads[to + i] = flat[from + i]!;
      }
    }
  }
}

/** flat (B, T, H d) <- heads (B, H, T, d). */
export function mergeHeads(flat: Float32Array, heads: Float32Array, shape: HeadShape): void {
  const { batch, length, heads: headCount, headWidth } = shape;
  for (let b = 0; b < batch; b += 1) {
    for (let h = 0; h < headCount; h += 1) {
      for (let t = 0; t < length; t += 1) {
        const to = ((b * length + t) * headCount + h) * headWidth;
        const from = ((b * headCount + h) * length + t) * headWidth;
        for (let i = 0; i < headWidth; i += 1) flat[to + i] = heads[from + i]!;
      }
    }
  }
}
