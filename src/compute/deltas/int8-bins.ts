/**
 * 256 bins over six standard deviations, by blocks as int8-absmax.ts has them:
 *
 *   mu = sum x / n,  sigma = sqrt(sum (x - mu)^2 / (n - 1))      f64, ascending; sigma 0 for n = 1
 *   bin = 128 + roundHalfEven((x - mu) / (6 sigma / 256)), cut to 0..255; 128 where sigma is 0
 *
 * A bin decodes to the mean of what is in it (levels.ts): 256 f32 a block, one byte an element.
 * Source: Uniform8BitQuantization of hivemind, which OpenDiLoCo (Jaghouar et al. 2024) uses; there the
 * sums are f32 in no fixed order, and the numbers of bins that nobody uses are kept.
 */
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { bytesOf, elementCount } from '../tensors/tensor.ts';
import { sizesOf } from './int8-absmax.ts';
import { allocateBins, checkLevels, levelBins } from './levels.ts';
import { deviationOf, meanOf } from './moments.ts';
import { bytesOfPart, floatsOfPart } from './parts.ts';
import type { Parts } from './parts.ts';
import { roundHalfEven } from './round-half-even.ts';
import type { Table } from './table.ts';

const BINS = 256;
const RANGE_IN_SIGMAS = 6;

export function encodeBins(block: number, tensors: Tensors): Parts {
  const [blocks, elements] = sizesOf(
    block,
    [...tensors.values()].map(({ data }) => data.length),
  );
  const levels = new Float32Array(BINS * blocks);
  const codes = new Uint8Array(elements);
  const bins = allocateBins(BINS);
  let [blockIndex, at] = [0, 0];
  for (const { data } of tensors.values()) {
    for (let first = 0; first < data.length; first += block) {
      const values = data.subarray(first, first + block);
      const ours = codes.subarray(at, at + values.length);
      binsOf(values, ours);
      levelBins(bins, values, ours, levels.subarray(BINS * blockIndex, BINS * (blockIndex + 1)));
      blockIndex += 1;
      at += values.length;
    }
  }
  return new Map([
    ['levels', bytesOf(levels)],
    ['codes', codes],
  ]);
}

function binsOf(values: Float32Array, codes: Uint8Array): void {
  const mean = meanOf(values);
  const width = (RANGE_IN_SIGMAS * deviationOf(values, mean)) / BINS;
  for (let i = 0; i < codes.length; i += 1) {
    const place = width > 0 ? (values[i]! - mean) / width : 0;
    codes[i] = Math.min(Math.max(BINS / 2 + roundHalfEven(place), 0), BINS - 1);
  }
}

/** Throws DeltaError: part_size_mismatch, code_invalid, level_invalid. */
export function decodeBins(block: number, table: Table, parts: Parts): Tensors {
  const [blocks, elements] = sizesOf(block, [...table.values()].map(elementCount));
  const levels = floatsOfPart(parts, 'levels', BINS * blocks);
  const codes = bytesOfPart(parts, 'codes', elements);
  const tensors = new Map<string, Tensor>();
  let [blockIndex, at] = [0, 0];
  for (const [name, shape] of table) {
    const data = new Float32Array(elementCount(shape));
    for (let first = 0; first < data.length; first += block) {
      const end = Math.min(first + block, data.length);
      const ours = codes.subarray(at + first, at + end);
      const base = BINS * blockIndex;
      checkLevels(levels.subarray(base, base + BINS), ours);
      for (let i = first; i < end; i += 1) data[i] = levels[base + codes[at + i]!]!;
      blockIndex += 1;
    }
    at += data.length;
    tensors.set(name, { shape, data });
  }
  return tensors;
}
