/**
 * DeMo (Peng et al. 2024): of each tile's DCT-II (dct.ts) the `top` coefficients of largest magnitude
 * (top-k.ts), as f32. Tiles are `tile` x `tile`; one-rowed tensors are cut into runs of `tile`
 * (tiles.ts), and tiles at an edge have a transform of their own size. The momentum that DeMo
 * decouples is the feedback (error-feedback.ts), which keeps what was not sent.
 *
 * DeMo's optimizer takes the sign of the mean of what all sent. That is no part of an encoding.
 */
import type { DeltaKernels } from '../kernels.ts';
import { bytesOf, elementCount } from '../tensors/tensor.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { expectEndOfBits, written } from './bit-stream.ts';
import { allocateDct } from './dct.ts';
import { DeltaError } from './delta-error.ts';
import type { TiledEncoding } from './encoding.ts';
import { floatsOfPart } from './parts.ts';
import type { Parts } from './parts.ts';
import { tableOf } from './table.ts';
import type { Table } from './table.ts';
import { listBytesMax, readTileList, roomOf, tilingsOf, writeTileList } from './tile-lists.ts';
import { RUN_MAX, endOfRun, gatherTile, scatterTile, tileAt } from './tiles.ts';
import { allocateSelector, selectTop } from './top-k.ts';
import { COEFFICIENT_MAX } from './value-bounds.ts';

/** @param kernels a backend's, to the same bits */
export function encodeDemo(
  { tile, top }: TiledEncoding,
  tensors: Tensors,
  kernels: Pick<DeltaKernels, 'forwardDct'>,
): Parts {
  const tilings = tilingsOf(tableOf(tensors), tile, tile);
  const places = { bytes: new Uint8Array(listBytesMax(tilings, top)), at: 0 };
  const values = new Float32Array(roomOf(tilings, top));
  const [selector, dct] = [allocateSelector(), allocateDct()];
  const tiles = new Float32Array(RUN_MAX * tile * tile);
  let [tensorIndex, total] = [0, 0];
  for (const { data } of tensors.values()) {
    const tiling = tilings[tensorIndex]!;
    for (let first = 0; first < tiling.count;) {
      const { height, width } = tileAt(tiling, first);
      const [end, size] = [endOfRun(tiling, first), height * width];
      const run = tiles.subarray(0, (end - first) * size);
      for (let index = first; index < end; index += 1)
        gatherTile(data, tileAt(tiling, index), run.subarray((index - first) * size));
      kernels.forwardDct(dct, run, height, width);
      for (let at = 0; at < run.length; at += size) {
        selector.values.set(run.subarray(at, at + size));
        const count = selectTop(selector, size, top);
        for (let i = 0; i < count; i += 1)
          values[total + i] = selector.values[selector.chosen[i]!]!;
        writeTileList(places, selector.chosen, count, size, top);
        total += count;
      }
      first = end;
    }
    tensorIndex += 1;
  }
  return new Map([
    ['values', bytesOf(values.subarray(0, total))],
    ['places', written(places)],
  ]);
}

/** Throws DeltaError. */
export function decodeDemo(
  { tile, top }: TiledEncoding,
  table: Table,
  parts: Parts,
  kernels: Pick<DeltaKernels, 'inverseDct'>,
): Tensors {
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
  const [coefficients, dct] = [new Float32Array(RUN_MAX * tile * tile), allocateDct()];
  const tensors = new Map<string, Tensor>();
  let [tensorIndex, at] = [0, 0];
  for (const [name, shape] of table) {
    const data = new Float32Array(elementCount(shape));
    const tiling = tilings[tensorIndex]!;
    for (let first = 0; first < tiling.count;) {
      const { height, width } = tileAt(tiling, first);
      const [end, size] = [endOfRun(tiling, first), height * width];
      const run = coefficients.subarray(0, (end - first) * size).fill(0);
      const before = at;
      for (let index = first; index < end; index += 1) {
        const last = at + counts[tensorIndex]![index]!;
        const start = (index - first) * size;
        for (; at < last; at += 1) run[start + indices[at]!] = values[at]!;
      }
      if (at > before) {
        kernels.inverseDct(dct, run, height, width);
        for (let index = first; index < end; index += 1)
          scatterTile(run.subarray((index - first) * size), tileAt(tiling, index), data);
      }
      first = end;
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
