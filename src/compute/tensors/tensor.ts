/**
 * Named f32 tensors. A `Tensors` map is ordered: models list their parameters in topological order
 * and every fixed-order reduction over parameters (norms, state roots, aggregation) follows it.
 * Data is row-major and contiguous; bytes are little-endian as safetensors wants them.
 */
import { invariant } from '../invariant.ts';

export type Shape = readonly number[];

export interface Tensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

export type Tensors = ReadonlyMap<string, Tensor>;

/** Number of elements: the product of the dimensions, 1 for a scalar. */
export function elementCount(shape: Shape): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** The tensor's own memory as bytes, little-endian. */
export function bytesOf(data: Float32Array): Uint8Array {
  const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  invariant(littleEndian, 'tensor bytes are read in place, which needs a little-endian machine');
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
