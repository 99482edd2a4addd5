/**
 * SparseLoCo (Sarfi et al. 2025): of each tile the `top` largest magnitudes (top-k.ts), in 2 bits
 * each. Tiles are `tile` x `tile`; one-rowed tensors are cut into runs of tile^2 (tiles.ts).
 *
 *   mu, sigma over all values kept of a tensor, f64, tile by tile, indices ascending; n - 1 below
 *   bin = (v >= mu - sigma) + (v >= mu) + (v >= mu + sigma)
 *
 * A bin decodes to the mean of what is in it (levels.ts): four f32 a tensor; `codes` are its numbers,
 * `places` where the values lie (tile-lists.ts). With 64 of 4096 that is 64 (7.6 + 2) bits a tile.
 *
 * The published quantiser (tplr.ai's, six sigma in four steps) has its bounds at mu +- 0.75 sigma and
 * mu - 2.25 sigma: its second bin from above lies around mu, where top-k leaves little (3 % on a delta
 * measured). Here both signs get two levels.
 */
import { bytesOf, elementCount } from '../tensors/tensor.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { expectEndOfBits, written } from './bit-stream.ts';
import { codeBytes, packCodes, unpackCodes } from './code-bits.ts';
import type { TiledEncoding } from './encoding.ts';
import { allocateBins, checkLevels, levelBins } from './levels.ts';
import { deviationOf, meanOf } from './moments.ts';
import { bytesOfPart, floatsOfPart } from './parts.ts';
import type { Parts } from './parts.ts';
import { tableOf } from './table.ts';
import type { Table } from './table.ts';
import { listBytesMax, readTileList, roomOf, tilingsOf, writeTileList } from './tile-lists.ts';
import { gatherTile, placeInTensor, tileAt } from './tiles.ts';
import { allocateSelector, selectTop } from './top-k.ts';

const LEVELS = 4;

export function encodeSparseloco({ tile, top }: TiledEncoding, tensors: Tensors): Parts {
  const tilings = tilingsOf(tableOf(tensors), tile, tile * tile);
  const places = { bytes: new Uint8Array(listBytesMax(tilings, top)), at: 0 };
  const kept = new Float32Array(roomOf(tilings, top));
  const codes = new Uint8Array(kept.length);
  const levels = new Float32Array(LEVELS * tilings.length);
  const [selector, bins] = [allocateSelector(), allocateBins(LEVELS)];
  let [tensorIndex, total] = [0, 0];
  for (const { data } of tensors.values()) {
    const tiling = tilings[tensorIndex]!;
    const first = total;
    for (let index = 0; index < tiling.count; index += 1) {
      const place = tileAt(tiling, index);
      const size = place.height * place.width;
      gatherTile(data, place, selector.values);
      const count = selectTop(selector, size, top);
      for (let i = 0; i < count; i += 1) kept[total + i] = selector.values[selector.chosen[i]!]!;
      writeTileList(places, selector.chosen, count, size, top);
      total += count;
    }
    const [values, ours] = [kept.subarray(first, total), codes.subarray(first, total)];
    binsOf(values, ours);
    const base = LEVELS * tensorIndex;
    levelBins(bins, values, ours, levels.subarray(base, base + LEVELS));
    tensorIndex += 1;
  }
  return new Map([
    ['levels', bytesOf(levels)],
    ['codes', packCodes(codes.subarray(0, total))],
    ['places', written(places)],
  ]);
}

function binsOf(values: Float32Array, codes: Uint8Array): void {
  const mean = meanOf(values);
  const sigma = deviationOf(values, mean);
  const [low, high] = [mean - sigma, mean + sigma];
  for (let i = 0; i < codes.length; i += 1) {
    const value = values[i]!;
    codes[i] = (value >= low ? 1 : 0) + (value >= mean ? 1 : 0) + (value >= high ? 1 : 0);
  }
}

/** Throws DeltaError. */
export function decodeSparseloco(
  { tile, top }: TiledEncoding,
  table: Table,
  parts: Parts,
): Tensors {
  const tilings = tilingsOf(table, tile, tile * tile);
  const levels = floatsOfPart(parts, 'levels', LEVELS * tilings.length);
  const places = { bytes: parts.get('places')!, at: 0 };
  const [kept, indices] = [new Uint32Array(roomOf(tilings, top)), new Uint16Array(tile * tile)];
  const ends = new Uint32Array(tilings.length);
  let total = 0;
  for (const [tensorIndex, tiling] of tilings.entries()) {
    for (let index = 0; index < tiling.count; index += 1) {
      const place = tileAt(tiling, index);
      const count = readTileList(places, place.height * place.width, top, indices);
      for (let i = 0; i < count; i += 1) kept[total + i] = placeInTensor(place, indices[i]!);
      total += count;
    }
    ends[tensorIndex] = total;
  }
  expectEndOfBits(places);
  const codes = unpackCodes(bytesOfPart(parts, 'codes', codeBytes(total)), total);
  const tensors = new Map<string, Tensor>();
  let [tensorIndex, at] = [0, 0];
  for (const [name, shape] of table) {
    const data = new Float32Array(elementCount(shape));
    const [base, end] = [LEVELS * tensorIndex, ends[tensorIndex]!];
    checkLevels(levels.subarray(base, base + LEVELS), codes.subarray(at, end));
    for (; at < end; at += 1) data[kept[at]!] = levels[base + codes[at]!]!;
    tensorIndex += 1;
    tensors.set(name, { shape, data });
  }
  return tensors;
}
