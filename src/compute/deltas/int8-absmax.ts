/**
 * int8 by blocks of a tensor's elements in order, the last one of a tensor shorter:
 *
 *   s = fround(max |x| / 127), or 0 where that is below 2^-126      one f32 a block
 *   q = roundHalfEven(x / s), f64; 0 where s is 0                   one i8 an element, |q| <= 127
 *   decoded = fround(q s)
 *
 * Some |q| is 127 where s is not 0, and a decoder refuses a block where none is.
 * Source: absmax quantisation of Dettmers et al. 2022 (LLM.int8()), by blocks.
 */
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { bytesOf, elementCount } from '../tensors/tensor.ts';
import { DeltaError } from './delta-error.ts';
import { bytesOfPart, floatsOfPart } from './parts.ts';
import type { Parts } from './parts.ts';
import { roundHalfEven } from './round-half-even.ts';
import type { Table } from './table.ts';
import { VALUE_MAX } from './value-bounds.ts';

const CODE_MAX = 127;
/** The least normal f32: below, a scale has too few bits for its codes to reach 127. */
const SCALE_MIN = 2 ** -126;

export function encodeAbsmax(block: number, tensors: Tensors): Parts {
  const [blocks, elements] = sizesOf(
    block,
    [...tensors.values()].map(({ data }) => data.length),
  );
  const scales = new Float32Array(blocks);
  const codes = new Int8Array(elements);
  let [blockIndex, at] = [0, 0];
  for (const { data } of tensors.values()) {
    for (let first = 0; first < data.length; first += block) {
      const end = Math.min(first + block, data.length);
      const scale = scaleOf(data, first, end);
      scales[blockIndex] = scale;
      blockIndex += 1;
      if (scale > 0) {
        for (let i = first; i < end; i += 1) codes[at + i] = roundHalfEven(data[i]! / scale);
      }
    }
    at += data.length;
  }
  return new Map([
    ['scales', bytesOf(scales)],
    ['codes', new Uint8Array(codes.buffer)],
  ]);
}

function scaleOf(data: Float32Array, first: number, end: number): number {
  let greatest = 0;
  for (let i = first; i < end; i += 1) {
    const magnitude = Math.abs(data[i]!);
    if (magnitude > greatest) greatest = magnitude;
  }
  const scale = Math.fround(greatest / CODE_MAX);
  return scale >= SCALE_MIN ? scale : 0;
}

/** Throws DeltaError: part_size_mismatch, level_invalid, code_invalid. */
export function decodeAbsmax(block: number, table: Table, parts: Parts): Tensors {
  const [blocks, elements] = sizesOf(block, [...table.values()].map(elementCount));
  const scales = floatsOfPart(parts, 'scales', blocks);
  const bytes = bytesOfPart(parts, 'codes', elements);
  const codes = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const tensors = new Map<string, Tensor>();
  let [blockIndex, at] = [0, 0];
  for (const [name, shape] of table) {
    const data = new Float32Array(elementCount(shape));
    for (let first = 0; first < data.length; first += block) {
      const end = Math.min(first + block, data.length);
      const scale = checkedScale(scales[blockIndex]!);
      blockIndex += 1;
      let greatest = 0;
      for (let i = first; i < end; i += 1) {
        const code = codes[at + i]!;
        greatest = Math.max(greatest, Math.abs(code));
        data[i] = code * scale;
      }
      if (greatest !== (scale > 0 ? CODE_MAX : 0)) {
        throw new DeltaError('code_invalid', `codes up to ${greatest} under a scale of ${scale}`);
      }
    }
    at += data.length;
    tensors.set(name, { shape, data });
  }
  return tensors;
}

function checkedScale(scale: number): number {
  if ((scale >= SCALE_MIN && scale <= VALUE_MAX) || Object.is(scale, 0)) return scale;
  throw new DeltaError('level_invalid', `a scale is ${scale}`);
}

/** Blocks and elements of tensors of these lengths. */
export function sizesOf(block: number, lengths: readonly number[]): [number, number] {
  let [blocks, elements] = [0, 0];
  for (const length of lengths) {
    blocks += Math.ceil(length / block);
    elements += length;
  }
  return [blocks, elements];
}
