/**
 * DeMo (Peng et al. 2024): of each tile's DCT-II (dct.ts) the `top` coefficients of largest magnitude
 * (top-k.ts), as f32. Tiles are `tile` x `tile`; one-rowed tensors are cut into runs of `tile`
 * (tiles.ts), and tiles at an edge have a transform of their own size. The momentum that DeMo
 * decouples is the feedback (error-feedback.ts), which keeps what was not sent.
 *
 * DeMo's optimizer takes the sign of the mean of what all sent. That is no part of an encoding.
 */
import { bytesOf, elementCount } from '../tensors/tensor.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { expectEndOfBits, written } from './bit-stream.ts';
import { allocateDct, forwardDct, inverseDct } from './dct.ts';
import { DeltaError } from './delta-error.ts';
import type { TiledEncoding } from './encoding.ts';
import { floatsOfPart } from './parts.ts';
import type { Parts } from './parts.ts';
import { tableOf } from './table.ts';
import type { Table } from './table.ts';
import { listBytesMax, readTileList, roomOf, tilingsOf, writeTileList } from './tile-lists.ts';
import { gatherTile, placeInTensor, tileAt } from './tiles.ts';
import { allocateSelector, selectTop } from './top-k.ts';
import { COEFFICIENT_MAX } from './value-bounds.ts';

export function encodeDemo({ tile, top }: TiledEncoding, tensors: Tensors): Parts {
  const tilings = tilingsOf(tableOf(tensors), tile, tile);
  const places = { bytes: new Uint8Array(listBytesMax(tilings, top)), at: 0 };
  const values = new Float32Array(roomOf(tilings, top));
  const [selector, dct] = [allocateSelector(), allocateDct()];
  let [tensorIndex, total] = [0, 0];
  for (const { data } of tensors.values()) {
    const tiling = tilings[tensorIndex]!;
    for (let index = 0; index < tiling.count; index += 1) {
      const place = tileAt(tiling, index);
      const { height, width } = place;
      gatherTile(data, place, selector.values);
      forwardDct(dct, selector.values, height, width);
      const count = selectTop(selector, height * width, top);
      for (let i = 0; i < count; i += 1) values[total + i] = selector.values[selector.chosen[i]!]!;
      writeTileList(places, selector.chosen, count, height * width, top);
      total += count;
    }
    tensorIndex += 1;
  }
  return new Map([
    ['values', bytesOf(values.subarray(0, total))],
    ['places', written(places)],
  ]);
}

/** Throws DeltaError. */
export function decodeDemo({ tile, top }: TiledEncoding, table: Table, parts: Parts): Tensors {
  const tilings = tilingsOf(table, tile, tile);
  const places = { bytes: parts.get('places')!, at: 0 };
  const indices = new Uint16Array(roomOf(tilings, top));
  const counts = tilings.map(({ count }) => new Uint16Array(count));
  let total = 0;
  for (const [tensorIndex, tiling] of tilings.entries()) {
    for (let index = 0; index < tiling.count; index += 1) {
      const { height, width } = tileAt(tiling, index);
      const count = readTileList(places, height * width, top, indices.subarray(total));
      counts[tensorIndex]![index] = count;
      total += count;
    }
  }
  expectEndOfBits(places);
  const values = floatsOfPart(parts, 'values', total);
  checkCoefficients(values);
  const [coefficients, dct] = [new Float32Array(tile * tile), allocateDct()];
  const tensors = new Map<string, Tensor>();
  let [tensorIndex, at] = [0, 0];
  for (const [name, shape] of table) {
    const data = new Float32Array(elementCount(shape));
    const tiling = tilings[tensorIndex]!;
    for (let index = 0; index < tiling.count; index += 1) {
      const end = at + counts[tensorIndex]![index]!;
      if (end === at) continue;
      const place = tileAt(tiling, index);
      const size = place.height * place.width;
      coefficients.fill(0, 0, size);
      for (; at < end; at += 1) coefficients[indices[at]!] = values[at]!;
      inverseDct(dct, coefficients, place.height, place.width);
      for (let i = 0; i < size; i += 1) data[placeInTensor(place, i)] = coefficients[i]!;
    }
    tensorIndex += 1;
    tensors.set(name, { shape, data });
  }
  return tensors;
}

function checkCoefficients(values: Float32Array): void {
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] !== 0 && Math.abs(values[i]!) <= COEFFICIENT_MAX) continue;
    throw new DeltaError('value_invalid', `a coefficient is ${values[i]}`);
  }
}
