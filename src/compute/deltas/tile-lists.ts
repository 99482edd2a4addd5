/**
 * What the tiled encodings share: which elements of each tile are kept, as one stream of bits
 * (bit-stream.ts). Of a tile of n elements m may be kept, the least of `top` and n. A tile is
 *
 *   1                  m are kept
 *   0, 12 bits count   or fewer, where fewer differ from zero
 *   gaps               of the indices, ascending, row-major within the tile, from the one before (the
 *                      first from -1), less 1, in Rice's code: g >> r ones, a zero, the r low bits
 *
 * with r the greatest for which 3 count 2^r <= 2 n, or 0: about ln 2 of the mean gap, the best where
 * indices are drawn evenly (Golomb 1966). 64 of 4096 take 7.6 bits each and could take no fewer than
 * log2 C(4096, 64) / 64 = 7.4; 12 is what each alone takes.
 */
import { readBit, readBits, writeBit, writeBits } from './bit-stream.ts';
import type { BitReader, BitWriter } from './bit-stream.ts';
import { DeltaError } from './delta-error.ts';
import { tilingOf } from './tiles.ts';
import type { Tiling } from './tiles.ts';
import type { Table } from './table.ts';

const COUNT_BITS = 12;

/** The cut of each tensor, in order of the table. */
export function tilingsOf(table: Table, side: number, run: number): Tiling[] {
  return [...table.values()].map((shape) => tilingOf(shape, side, run));
}

export function tileCount(tilings: readonly Tiling[]): number {
  return tilings.reduce((sum, { count }) => sum + count, 0);
}

/** Room for the values that the tiles of all tensors together can keep. */
export function roomOf(tilings: readonly Tiling[], top: number): number {
  return tilings.reduce(
    (sum, { count, height, width, rows, columns }) =>
      sum + Math.min(count * Math.min(top, height * width), rows * columns),
    0,
  );
}

/** Room for all lists: r is at most 11 and n / 2^r below 3 count, so one has at most 13 + 15 count bits. */
export function listBytesMax(tilings: readonly Tiling[], top: number): number {
  return 2 * (roomOf(tilings, top) + tileCount(tilings));
}

/** `indices` ascend below `size`; the first `count` are kept, at most `top`. */
export function writeTileList(
  out: BitWriter,
  indices: Uint16Array,
  count: number,
  size: number,
  top: number,
): void {
  const full = count === Math.min(top, size);
  writeBit(out, full ? 1 : 0);
  if (!full) writeBits(out, count, COUNT_BITS);
  const shift = riceShift(count, size);
  let last = -1;
  for (let i = 0; i < count; i += 1) {
    const gap = indices[i]! - last - 1;
    for (let ones = gap >> shift; ones > 0; ones -= 1) writeBit(out, 1);
    writeBit(out, 0);
    writeBits(out, gap, shift);
    last = indices[i]!;
  }
}

/**
 * Fills `indices` and returns how many there are. Throws DeltaError: count_out_of_range,
 * index_invalid, part_size_mismatch where the bits end.
 */
export function readTileList(
  bits: BitReader,
  size: number,
  top: number,
  indices: Uint16Array,
): number {
  const most = Math.min(top, size);
  const full = readBit(bits) === 1;
  const count = full ? most : readBits(bits, COUNT_BITS);
  if (!full && count >= most) {
    throw new DeltaError('count_out_of_range', `${count} where fewer than ${most} are kept`);
  }
  const shift = riceShift(count, size);
  let last = -1;
  for (let i = 0; i < count; i += 1) {
    let index = last + 1;
    while (readBit(bits) === 1) {
      index += 1 << shift;
      if (index >= size) throw beyond(size);
    }
    index += readBits(bits, shift);
    if (index >= size) throw beyond(size);
    indices[i] = index;
    last = index;
  }
  return count;
}

function riceShift(count: number, size: number): number {
  if (count === 0) return 0;
  let shift = 0;
  while (3 * count * 2 ** (shift + 1) <= 2 * size) shift += 1;
  return shift;
}

const beyond = (size: number): DeltaError =>
  new DeltaError('index_invalid', `an index in a tile of ${size} lies past its end`);
