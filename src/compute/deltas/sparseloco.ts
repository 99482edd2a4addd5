/**
 * SparseLoCo (Sarfi et al. 2025): of each tile the `top` largest magnitudes (top-k.ts), in 2 bits
 * each. Tiles are `tile` x `tile`; one-rowed tensors are cut into runs of tile^2 (tiles.ts).
 *
 *   mu, sigma over all values kept of a tensor, f64, tile by tile, indices ascending; n - 1 below
 *   bin = (v >= mu - sigma) + (v >= mu) + (v >= mu + sigma)
 *
 * A bin decodes to the mean of what is in it (levels.ts): four f32 a tensor; `codes`, a tile at a
 * time, are its numbers. With 64 of 4096 that is 64 (12 + 2) bits a tile, and 16 more for its count.
 *
 * The published quantiser (tplr.ai's, six sigma in four steps) has its bounds at mu +- 0.75 sigma and
 * mu - 2.25 sigma: its second bin from above lies around mu, where top-k leaves little (3 % on a delta measured). Here both
 * signs get two levels.
 */
import { bytesOf, elementCount } from '../tensors/tensor.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import type { TiledEncoding } from './encoding.ts';
import { allocateBins, checkLevels, levelBins } from './levels.ts';
import { deviationOf, meanOf } from './moments.ts';
import {
  codeBytes,
  indexBytes,
  packCodes,
  packIndices,
  unpackCodes,
  unpackIndices,
} from './packing.ts';
import { bytesOfPart, bytesOfWords, floatsOfPart } from './parts.ts';
import type { Parts } from './parts.ts';
import { tableOf } from './table.ts';
import type { Table } from './table.ts';
import { readTileLists, roomsOf, tileCount, tilingsOf } from './tile-lists.ts';
import { gatherTile, placeInTensor, tileAt } from './tiles.ts';
import { allocateSelector, selectTop } from './top-k.ts';

const LEVELS = 4;

export function encodeSparseloco({ tile, top }: TiledEncoding, tensors: Tensors): Parts {
  const tilings = tilingsOf(tableOf(tensors), tile, tile * tile);
  const tiles = tileCount(tilings);
  const [room, most] = roomsOf(tilings, top);
  const counts = new Uint16Array(tiles);
  // A list of n takes at most 2 n bytes of indices and n of codes.
  const indices = new Uint8Array(2 * room);
  const codes = new Uint8Array(room);
  const levels = new Float32Array(LEVELS * tilings.length);
  const [selector, bins] = [allocateSelector(), allocateBins(LEVELS)];
  const kept = new Float32Array(most);
  const numbers = new Uint8Array(kept.length);
  let [tensorIndex, firstTile, indexAt, codeAt] = [0, 0, 0, 0];
  for (const { data } of tensors.values()) {
    const tiling = tilings[tensorIndex]!;
    let total = 0;
    for (let index = 0; index < tiling.count; index += 1) {
      const place = tileAt(tiling, index);
      gatherTile(data, place, selector.values);
      const count = selectTop(selector, place.height * place.width, top);
      for (let i = 0; i < count; i += 1) kept[total + i] = selector.values[selector.chosen[i]!]!;
      packIndices(selector.chosen, count, indices, indexAt);
      counts[firstTile + index] = count;
      indexAt += indexBytes(count);
      total += count;
    }
    const [values, ours] = [kept.subarray(0, total), numbers.subarray(0, total)];
    binsOf(values, ours);
    levelBins(
      bins,
      values,
      ours,
      levels.subarray(LEVELS * tensorIndex, LEVELS * (tensorIndex + 1)),
    );
    let from = 0;
    for (let index = 0; index < tiling.count; index += 1) {
      const count = counts[firstTile + index]!;
      packCodes(ours, from, count, codes, codeAt);
      codeAt += codeBytes(count);
      from += count;
    }
    firstTile += tiling.count;
    tensorIndex += 1;
  }
  return new Map([
    ['levels', bytesOf(levels)],
    ['counts', bytesOfWords(counts)],
    ['codes', codes.subarray(0, codeAt)],
    ['indices', indices.subarray(0, indexAt)],
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
  const { counts, indices } = readTileLists(parts, tilings, top);
  const codes = bytesOfPart(
    parts,
    'codes',
    counts.reduce((sum, count) => sum + codeBytes(count), 0),
  );
  const chosen = new Uint16Array(tile * tile);
  const numbers = new Uint8Array(roomsOf(tilings, top)[1]);
  const tensors = new Map<string, Tensor>();
  let [tensorIndex, firstTile, indexAt, codeAt] = [0, 0, 0, 0];
  for (const [name, shape] of table) {
    const data = new Float32Array(elementCount(shape));
    const tiling = tilings[tensorIndex]!;
    const base = LEVELS * tensorIndex;
    let total = 0;
    for (let index = 0; index < tiling.count; index += 1) {
      const place = tileAt(tiling, index);
      const count = counts[firstTile + index]!;
      unpackIndices(indices, indexAt, count, place.height * place.width, chosen);
      unpackCodes(codes, codeAt, count, numbers, total);
      for (let i = 0; i < count; i += 1) {
        data[placeInTensor(place, chosen[i]!)] = levels[base + numbers[total + i]!]!;
      }
      indexAt += indexBytes(count);
      codeAt += codeBytes(count);
      total += count;
    }
    checkLevels(levels.subarray(base, base + LEVELS), numbers.subarray(0, total));
    firstTile += tiling.count;
    tensorIndex += 1;
    tensors.set(name, { shape, data });
  }
  return tensors;
}
