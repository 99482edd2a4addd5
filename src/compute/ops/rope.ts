/**
 * Rotary position embedding (Su et al. 2021) on interleaved pairs, fused with the split of the model
 * axis into heads.
 *   angle(t, i) = t theta^(-2i/d);  (a, b) -> (a cos - b sin, a sin + b cos) for pair i of d/2
 *   (B, T, H d) <-> (B, H, T, d)
 * Backward rotates by the negative angle. Each output is one f64 expression rounded to f32.
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import type { HeadShape, RotaryTable } from '../kernels.ts';
import { invariant } from '../invariant.ts';
import { exp } from '../math/exp.ts';
import { log } from '../math/log.ts';
import { cos, sin } from '../math/sincos.ts';
import { checkRows, headsOf } from './heads.ts';

export function rotaryTable(length: number, headWidth: number, theta: number): RotaryTable {
  const half = headWidth / 2;
  const table = { cos: new Float32Array(length * half), sin: new Float32Array(length * half) };
  const logTheta = log(theta);
  for (let i = 0; i < half; i += 1) {
    const frequency = exp(((-2 * i) / headWidth) * logTheta);
    for (let t = 0; t < length; t += 1) {
      table.cos[t * half + i] = cos(t * frequency);
      table.sin[t * half + i] = sin(t * frequency);
    }
  }
  return table;
}

/** heads (B, H, T, d) <- flat (B, T, H d), rotated. */
export function splitRotated(
  heads: Float32Array,
  flat: Float32Array,
  shape: HeadShape,
  table: RotaryTable,
): void {
  const { batch, length, heads: headCount, headWidth } = shape;
  const half = headWidth / 2;
  for (let b = 0; b < batch; b += 1) {
    for (let h = 0; h < headCount; h += 1) {
      for (let t = 0; t < length; t += 1) {
        const from = ((b * length + t) * headCount + h) * headWidth;
        const to = ((b * headCount + h) * length + t) * headWidth;
        for (let i = 0; i < half; i += 1) {
          const c = table.cos[t * half + i]!;
          const s = table.sin[t * half + i]!;
          const x = flat[from + 2 * i]!;
          const y = flat[from + 2 * i + 1]!;
          heads[to + 2 * i] = x * c - y * s;
          heads[to + 2 * i + 1] = x * s + y * c;
        }
      }
    }
  }
}

/** Backward of splitRotated: dFlat (B, T, H d) <- dHeads (B, H, T, d), rotated back, or added. */
export function mergeRotatedBack(
  dFlat: Float32Array,
  dHeads: Float32Array,
  shape: HeadShape,
  table: RotaryTable,
  accumulate: boolean,
): void {
  const { batch, length, heads: headCount, headWidth } = shape;
  const half = headWidth / 2;
  for (let b = 0; b < batch; b += 1) {
    for (let h = 0; h < headCount; h += 1) {
      for (let t = 0; t < length; t += 1) {
        const to = ((b * length + t) * headCount + h) * headWidth;
        const from = ((b * headCount + h) * length + t) * headWidth;
        for (let i = 0; i < half; i += 1) {
          const c = table.cos[t * half + i]!;
          const s = table.sin[t * half + i]!;
          const x = dHeads[from + 2 * i]!;
          const y = dHeads[from + 2 * i + 1]!;
          const dx = x * c + y * s;
          const dy = y * c - x * s;
          dFlat[to + 2 * i] = accumulate ? dFlat[to + 2 * i]! + dx : dx;
          dFlat[to + 2 * i + 1] = accumulate ? dFlat[to + 2 * i + 1]! + dy : dy;
        }
      }
    }
  }
}

/** (B T, H d) -> (B H, T, d), each row turned by its position. */
export function rotaryHeads(
  graph: Graph,
  flat: Value,
  shape: HeadShape,
  table: RotaryTable,
): Value {
  checkRows(flat, shape);
  const angles = (shape.length * shape.headWidth) / 2;
  invariant(table.cos.length === angles, 'a table for these positions and channels');
  return graph.apply({
    name: 'rope',
    inputs: [flat],
    shape: headsOf(shape),
    formula: { of: 'rope', heads: shape, ...table },
    bind(places) {
      const {
        backend: { kernels },
        inputs: [rows],
        result,
        gradients: [dFlat],
        resultGradient,
      } = places;
      const placed = { cos: places.constant(table.cos), sin: places.constant(table.sin) };
      return {
        forward: () => kernels.splitRotated(result, rows!, shape, placed),
        backward() {
          if (dFlat)
            kernels.mergeRotatedBack(dFlat.data, resultGradient, shape, placed, dFlat.accumulate);
        },
      };
    },
  });
}
