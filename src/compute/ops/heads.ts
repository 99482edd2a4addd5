/**
 * The split of the model axis into heads and its inverse; each is the other's backward.
 *   (B, T, H d) <-> (B, H, T, d), copies only
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import type { HeadShape } from '../kernels.ts';
import { invariant } from '../invariant.ts';
import { elementCount } from '../tensors/tensor.ts';

/** heads (B, H, T, d) <- flat (B, T, H d), or added. */
export function splitHeads(
  heads: Float32Array,
  flat: Float32Array,
  shape: HeadShape,
  accumulate: boolean,
): void {
  const { batch, length, heads: headCount, headWidth } = shape;
  for (let b = 0; b < batch; b += 1) {
    for (let h = 0; h < headCount; h += 1) {
      for (let t = 0; t < length; t += 1) {
        const from = ((b * length + t) * headCount + h) * headWidth;
        const to = ((b * headCount + h) * length + t) * headWidth;
        if (accumulate) for (let i = 0; i < headWidth; i += 1) heads[to + i]! += flat[from + i]!;
        else for (let i = 0; i < headWidth; i += 1) heads[to + i] = flat[from + i]!;
      }
    }
  }
}

/** flat (B, T, H d) <- heads (B, H, T, d), or added. */
export function mergeHeads(
  flat: Float32Array,
  heads: Float32Array,
  shape: HeadShape,
  accumulate: boolean,
): void {
  const { batch, length, heads: headCount, headWidth } = shape;
  for (let b = 0; b < batch; b += 1) {
    for (let h = 0; h < headCount; h += 1) {
      for (let t = 0; t < length; t += 1) {
        const to = ((b * length + t) * headCount + h) * headWidth;
        const from = ((b * headCount + h) * length + t) * headWidth;
        if (accumulate) for (let i = 0; i < headWidth; i += 1) flat[to + i]! += heads[from + i]!;
        else for (let i = 0; i < headWidth; i += 1) flat[to + i] = heads[from + i]!;
      }
    }
  }
}

/** (B T, H d) -> (B H, T, d) */
export function intoHeads(graph: Graph, flat: Value, shape: HeadShape): Value {
  checkRows(flat, shape);
  return graph.apply({
    name: 'split heads',
    inputs: [flat],
    shape: headsOf(shape),
    formula: { of: 'split heads', heads: shape },
    bind: ({
      backend: { kernels },
      inputs: [rows],
      result,
      gradients: [dFlat],
      resultGradient,
    }) => ({
      forward: () => kernels.splitHeads(result, rows!, shape, false),
      backward() {
        if (dFlat) kernels.mergeHeads(dFlat.data, resultGradient, shape, dFlat.accumulate);
      },
    }),
  });
}

/** (B H, T, d) -> (B T, H d) */
export function outOfHeads(graph: Graph, heads: Value, shape: HeadShape): Value {
  checkRows(heads, shape);
  return graph.apply({
    name: 'merge heads',
    inputs: [heads],
    shape: [shape.batch * shape.length, shape.heads * shape.headWidth],
    formula: { of: 'merge heads', heads: shape },
    bind: ({
      backend: { kernels },
      inputs: [split],
      result,
      gradients: [dHeads],
      resultGradient,
    }) => ({
      forward: () => kernels.mergeHeads(result, split!, shape, false),
      backward() {
        if (dHeads) kernels.splitHeads(dHeads.data, resultGradient, shape, dHeads.accumulate);
      },
    }),
  });
}

/** (M, T, d), M = B H */
export const headsOf = ({ batch, length, heads, headWidth }: HeadShape): number[] => [
  batch * heads,
  length,
  headWidth,
];

export function checkRows(value: Value, { batch, length, heads, headWidth }: HeadShape): void {
  const whole = batch * length * heads * headWidth;
  invariant(elementCount(value.shape) === whole, 'as many floats as the heads have');
}
