/**
 * Levels: a value is sent as the number of its bin and decodes to the mean of all values in that bin
 * (Dettmers' and hivemind's average of buckets). Bins are disjoint and in order of their values.
 *
 *   level = mean of the bin's values, f64, in the order given, clamped to the bin's least and
 *           greatest value, rounded to f32, -0 as +0
 *
 * Only bins that are used get a number, 0, 1, ... from the lowest, and levels that nobody uses are
 * +0. Then numbers and levels follow from the decoded values, and the decoder refuses any others:
 * the clamp makes levels of different bins differ, so they ascend strictly.
 */
import { DeltaError } from './delta-error.ts';
import { VALUE_MAX } from './value-bounds.ts';

export interface Bins {
  readonly sums: Float64Array;
  readonly counts: Uint32Array;
  readonly least: Float32Array;
  readonly greatest: Float32Array;
  /** Number of each bin among the used. */
  readonly ranks: Uint8Array;
}

/** At most 256. */
export function allocateBins(count: number): Bins {
  return {
    sums: new Float64Array(count),
    counts: new Uint32Array(count),
    least: new Float32Array(count),
    greatest: new Float32Array(count),
    ranks: new Uint8Array(count),
  };
}

/**
 * `codes` hold the bin of each of the `values` and get its number among the used; `levels`, one a
 * bin, are written whole.
 */
export function levelBins(
  bins: Bins,
  values: Float32Array,
  codes: Uint8Array,
  levels: Float32Array,
): void {
  const { sums, counts, least, greatest, ranks } = bins;
  sums.fill(0);
  counts.fill(0);
  least.fill(Infinity);
  greatest.fill(-Infinity);
  for (let i = 0; i < values.length; i += 1) {
    const [bin, value] = [codes[i]!, values[i]!];
    sums[bin]! += value;
    counts[bin]! += 1;
    if (value < least[bin]!) least[bin] = value;
    if (value > greatest[bin]!) greatest[bin] = value;
  }
  levels.fill(0);
  let used = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    if (counts[bin] === 0) continue;
    const mean = sums[bin]! / counts[bin]!;
    // + 0 makes a zero positive.
    levels[used] = Math.fround(Math.min(Math.max(mean, least[bin]!), greatest[bin]!)) + 0;
    ranks[bin] = used;
    used += 1;
  }
  for (let i = 0; i < codes.length; i += 1) codes[i] = ranks[codes[i]!]!;
}

/** Throws DeltaError: code_invalid, level_invalid for what `levelBins` does not give. */
export function checkLevels(levels: Float32Array, codes: Uint8Array): void {
  const seen = new Uint8Array(256);
  for (let i = 0; i < codes.length; i += 1) seen[codes[i]!] = 1;
  const used = seen.lastIndexOf(1) + 1;
  if (used > levels.length || seen.subarray(0, used).includes(0)) {
    throw new DeltaError('code_invalid', 'a code below the highest is never used');
  }
  for (let code = 0; code < levels.length; code += 1) {
    const level = levels[code]!;
    const fits = code < used ? Math.abs(level) <= VALUE_MAX : level === 0;
    const ascends = code === 0 || code >= used || level > levels[code - 1]!;
    if (!fits || !ascends || Object.is(level, -0)) {
      throw new DeltaError('level_invalid', `level ${code} is ${level}`);
    }
  }
}
