/**
 * How a tensor is cut into tiles. It is a matrix: the last dimension runs along the columns, the ones
 * before it, multiplied, along the rows. Tiles are `height` x `width`, row after row of tiles from
 * the upper left; those at the lower and right edge are cut to what is there, never padded. A matrix
 * of one row (every tensor of one dimension, every scalar) is cut into runs of `run` elements.
 * A tensor without elements has no tiles.
 */
import { elementCount } from '../tensors/tensor.ts';
import type { Shape } from '../tensors/tensor.ts';

export interface Tiling {
  readonly rows: number;
  readonly columns: number;
  /** Of a tile that is not at an edge. */
  readonly height: number;
  readonly width: number;
  readonly count: number;
}

export interface Tile {
  /** Index of its first element in the tensor. */
  readonly first: number;
  readonly height: number;
  readonly width: number;
  /** From one row to the next in the tensor. */
  readonly stride: number;
}

export function tilingOf(shape: Shape, side: number, run: number): Tiling {
  const elements = elementCount(shape);
  if (elements === 0) return { rows: 0, columns: 0, height: side, width: side, count: 0 };
  const columns = shape.at(-1) ?? 1;
  const rows = elements / columns;
  const [height, width] = rows === 1 ? [1, run] : [side, side];
  return {
    rows,
    columns,
    height,
    width,
    count: Math.ceil(rows / height) * Math.ceil(columns / width),
  };
}

/** Tile `index` in the order above. */
export function tileAt({ rows, columns, height, width }: Tiling, index: number): Tile {
  const across = Math.ceil(columns / width);
  const row = Math.floor(index / across) * height;
  const column = (index % across) * width;
  return {
    first: row * columns + column,
    height: Math.min(height, rows - row),
    width: Math.min(width, columns - column),
    stride: columns,
  };
}

/** Tiles transformed at once: enough for a backend's threads. */
export const RUN_MAX = 16;

/** After the last of the tiles from `first` on that have its size, at most RUN_MAX. */
export function endOfRun(tiling: Tiling, first: number): number {
  const { height, width } = tileAt(tiling, first);
  let end = first + 1;
  while (end < Math.min(tiling.count, first + RUN_MAX)) {
    const next = tileAt(tiling, end);
    if (next.height !== height || next.width !== width) break;
    end += 1;
  }
  return end;
}

/** Copies a tile of `data` to the start of `out`, row-major. */
export function gatherTile(data: Float32Array, tile: Tile, out: Float32Array): void {
  const { first, height, width, stride } = tile;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      out[row * width + column] = data[first + row * stride + column]!;
    }
  }
}

/** Copies the start of `tiles`, row-major, to its tile of `data`. */
export function scatterTile(tiles: Float32Array, tile: Tile, data: Float32Array): void {
  const { first, height, width, stride } = tile;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      data[first + row * stride + column] = tiles[row * width + column]!;
    }
  }
}

/** Where element `index` of a tile, row-major, lies in its tensor. */
export function placeInTensor({ first, width, stride }: Tile, index: number): number {
  const row = Math.floor(index / width);
  return first + row * stride + (index - row * width);
}
