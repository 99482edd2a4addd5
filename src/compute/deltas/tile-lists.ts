/**
 * What the tiled encodings share: which elements of each tile are kept. `counts` say how many (u16 a
 * tile, at most `top` and the tile's size), `indices` which, ascending, row-major within the tile, in
 * 12 bits each (packing.ts).
 */
import { DeltaError } from './delta-error.ts';
import { indexBytes } from './packing.ts';
import { bytesOfPart, wordsOfPart } from './parts.ts';
import type { Parts } from './parts.ts';
import { tileAt, tilingOf } from './tiles.ts';
import type { Tiling } from './tiles.ts';
import type { Table } from './table.ts';

/** The cut of each tensor, in order of the table. */
export function tilingsOf(table: Table, side: number, run: number): Tiling[] {
  return [...table.values()].map((shape) => tilingOf(shape, side, run));
}

export function tileCount(tilings: readonly Tiling[]): number {
  return tilings.reduce((sum, { count }) => sum + count, 0);
}

/** Room for the values that the tiles of one tensor can keep. */
function roomOf({ count, height, width, rows, columns }: Tiling, top: number): number {
  return Math.min(count * Math.min(top, height * width), rows * columns);
}

/** Of all tensors together, and of the one with the most. */
export function roomsOf(tilings: readonly Tiling[], top: number): [all: number, most: number] {
  let [all, most] = [0, 0];
  for (const tiling of tilings) {
    const room = roomOf(tiling, top);
    all += room;
    most = Math.max(most, room);
  }
  return [all, most];
}

export interface TileLists {
  readonly counts: Uint16Array;
  readonly indices: Uint8Array;
}

/** Throws DeltaError: part_size_mismatch, count_out_of_range. */
export function readTileLists(parts: Parts, tilings: readonly Tiling[], top: number): TileLists {
  const counts = wordsOfPart(parts, 'counts', tileCount(tilings));
  let [at, bytes] = [0, 0];
  for (const tiling of tilings) {
    for (let index = 0; index < tiling.count; index += 1) {
      const { height, width } = tileAt(tiling, index);
      const count = counts[at]!;
      if (count > top || count > height * width) {
        throw new DeltaError('count_out_of_range', `${count} of ${height} x ${width}, top ${top}`);
      }
      bytes += indexBytes(count);
      at += 1;
    }
  }
  return { counts, indices: bytesOfPart(parts, 'indices', bytes) };
}
