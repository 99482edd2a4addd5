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
import type { DeltaKernels } from '../kernels.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { bytesOf, elementCount } from '../tensors/tensor.ts';
import { DeltaError } from './delta-error.ts';
import { bytesOfPart, floatsOfPart } from './parts.ts';
import type { Parts } from './parts.ts';
import { roundHalfEven } from './round-half-even.ts';
import type { Table } from './table.ts';
import { VALUE_MAX } from './value-bounds.ts';

export const CODE_MAX = 127;
/** The least normal f32: below, a scale has too few bits for its codes to reach 127. */
export const SCALE_MIN = 2 ** -126;

/** @param kernels a backend's, to the same bits */
export function encodeAbsmax(
  block: number,
  tensors: Tensors,
  kernels: Pick<DeltaKernels, 'quantize'>,
): Parts {
  const [blocks, elements] = sizesOf(
    block,
    [...tensors.values()].map(({ data }) => data.length),
  );
  const scales = new Float32Array(blocks);
  const codes = new Int8Array(elements);
  let [blockIndex, at] = [0, 0];
  for (const { data } of tensors.values()) {
    const count = Math.ceil(data.length / block);
    kernels.quantize(
      codes.subarray(at, at + data.length),
      scales.subarray(blockIndex, blockIndex + count),
      data,
      block,
    );
    blockIndex += count;
    at += data.length;
  }
  return new Map([
    ['scales', bytesOf(scales)],
    ['codes', new Uint8Array(codes.buffer)],
  ]);
}

/** Codes and scales of one tensor; the codes need not be 0 before. */
export function quantize(
  codes: Int8Array,
  scales: Float32Array,
  data: Float32Array,
  block: number,
): void {
  for (let first = 0; first < data.length; first += block) {
    const end = Math.min(first + block, data.length);
    const scale = scaleOf(data, first, end);
    scales[first / block] = scale;
    if (scale > 0) for (let i = first; i < end; i += 1) codes[i] = roundHalfEven(data[i]! / scale);
    else codes.fill(0, first, end);
  }
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
export function decodeAbsmax(
  block: number,
  table: Table,
  parts: Parts,
  kernels: Pick<DeltaKernels, 'dequantize'>,
): Tensors {
  const [blocks, elements] = sizesOf(block, [...table.values()].map(elementCount));
  const scales = floatsOfPart(parts, 'scales', blocks);
  const bytes = bytesOfPart(parts, 'codes', elements);
  const codes = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const tensors = new Map<string, Tensor>();
  let [blockIndex, at] = [0, 0];
  for (const [name, shape] of table) {
    const data = new Float32Array(elementCount(shape));
    const count = Math.ceil(data.length / block);
    const ours = scales.subarray(blockIndex, blockIndex + count);
    const greatest = new Uint8Array(count);
    kernels.dequantize(data, greatest, codes.subarray(at, at + data.length), ours, block);
    for (let index = 0; index < count; index += 1) checkBlock(ours[index]!, greatest[index]!);
    blockIndex += count;
    at += data.length;
    tensors.set(name, { shape, data });
  }
  return tensors;
}

/** One tensor, and the greatest magnitude of a code in each block. */
export function dequantize(
  data: Float32Array,
  greatest: Uint8Array,
  codes: Int8Array,
  scales: Float32Array,
  block: number,
): void {
  for (let first = 0; first < data.length; first += block) {
    const end = Math.min(first + block, data.length);
    const scale = scales[first / block]!;
    let most = 0;
    for (let i = first; i < end; i += 1) {
      const code = codes[i]!;
      most = Math.max(most, Math.abs(code));
      data[i] = code * scale;
    }
    greatest[first / block] = most;
  }
}

function checkBlock(scale: number, greatest: number): void {
  if (!(scale >= SCALE_MIN && scale <= VALUE_MAX) && !Object.is(scale, 0)) {
    throw new DeltaError('level_invalid', `a scale is ${scale}`);
  }
  if (greatest !== (scale > 0 ? CODE_MAX : 0)) {
    throw new DeltaError('code_invalid', `codes up to ${greatest} under a scale of ${scale}`);
  }
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
