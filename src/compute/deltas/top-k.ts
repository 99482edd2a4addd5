/**
 * The k largest magnitudes of a tile, in linear time and without allocating: the bits of a finite
 * f32 without its sign, read as an integer, are ordered as its magnitude, so three counting passes
 * (11, 10 and 10 bits) find the k-th largest exactly.
 *
 * Ties at the k-th go to the lowest index. Zeros are never chosen: fewer than k are where fewer
 * differ from zero.
 */
const TILE_ELEMENTS_MAX = 4096;

export interface Selector {
  /** The tile to choose from, row-major; the caller fills it with finite values. */
  readonly values: Float32Array;
  /** Indices chosen last, ascending. */
  readonly chosen: Uint16Array;
  readonly bits: Uint32Array;
  readonly histogram: Uint32Array;
}

export function allocateSelector(): Selector {
  const values = new Float32Array(TILE_ELEMENTS_MAX);
  return {
    values,
    chosen: new Uint16Array(TILE_ELEMENTS_MAX),
    bits: new Uint32Array(values.buffer),
    histogram: new Uint32Array(2048),
  };
}

/** Chooses among the first `length` values; returns how many. */
export function selectTop(
  { bits, chosen, histogram }: Selector,
  length: number,
  k: number,
): number {
  let nonZero = 0;
  for (let i = 0; i < length; i += 1) if ((bits[i]! & MAGNITUDE) !== 0) nonZero += 1;
  const wanted = Math.min(k, nonZero);
  // With every nonzero wanted, the threshold is "anything above 0".
  let threshold = 0;
  let ties = 0;
  if (nonZero > k) {
    let left = wanted;
    for (const { shift, size } of DIGITS) {
      histogram.fill(0, 0, size);
      const above = shift + (size === 2048 ? 11 : 10);
      for (let i = 0; i < length; i += 1) {
        const key = bits[i]! & MAGNITUDE;
        if (key >>> above === threshold >>> above) histogram[(key >>> shift) & (size - 1)]! += 1;
      }
      let digit = size - 1;
      while (histogram[digit]! < left) {
        left -= histogram[digit]!;
        digit -= 1;
      }
      threshold |= digit << shift;
    }
    ties = left;
  }
  let count = 0;
  for (let i = 0; i < length; i += 1) {
    const key = bits[i]! & MAGNITUDE;
    if (key < threshold || key === 0) continue;
    if (key === threshold) {
      if (ties === 0) continue;
      ties -= 1;
    }
    chosen[count] = i;
    count += 1;
  }
  return count;
}

const MAGNITUDE = 0x7fffffff;
const DIGITS = [
  { shift: 20, size: 2048 },
  { shift: 10, size: 1024 },
  { shift: 0, size: 1024 },
] as const;
