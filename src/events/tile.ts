/**
 * Tiles of the tree (c2sp.org/tlog-tiles): tile n of level l holds the hashes of the perfect
 * subtrees over 256^l leaves from (256 n) on, 256 of them, or as many as the tree has. Paths are
 * `tile/<l>/<n>[.p/<width>]`, n in groups of three digits, all but the last behind an x. Invariant: a
 * tile is a function of the first `(256 n + width) 256^l` leaves alone, so it never changes.
 */
import assert from 'node:assert';
import { HASH_BYTES, nodeHash } from './merkle.ts';
import type { Hash } from './merkle.ts';
import type { SubtreeHash } from './proofs.ts';

export interface Tile {
  readonly level: number;
  readonly index: number;
  /** Hashes (or, of entries, lines) in it, 1..256; below 256 it is partial. */
  readonly width: number;
}

export const TILE_WIDTH = 256;
/** Levels of the tree in one level of tiles. */
const TILE_HEIGHT = 8;
export const MAX_TILE_LEVEL = 63;

/** How many hashes this tile has in a tree of so many leaves, 0..256. */
export function tileWidth(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.min(Math.max(hashes - index * TILE_WIDTH, 0), TILE_WIDTH);
}

/** Of a tile of hashes; `tileSuffix` alone belongs to entries, too. */
export const tilePath = (tile: Tile): string => `tile/${tile.level}/${tileSuffix(tile)}`;

/** `x001/x234/067.p/5`: index and, of a partial tile, its width. */
export function tileSuffix({ index, width }: Pick<Tile, 'index' | 'width'>): string {
  assert(Number.isSafeInteger(index) && index >= 0, 'tiles are counted from 0');
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  const path = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

/** Null for anything that `tilePath` does not write. */
export function parseTilePath(path: string): Tile | null {
  const [, level = '', suffix = ''] = /^tile\/(0|[1-9]\d?)\/(.+)$/.exec(path) ?? [];
  const place = parseTileSuffix(suffix);
  if (place === null || Number(level) > MAX_TILE_LEVEL) return null;
  return { level: Number(level), ...place };
}

export function parseTileSuffix(suffix: string): Pick<Tile, 'index' | 'width'> | null {
  const match = /^((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(suffix);
  if (match === null) return null;
  const index = Number((match[1] ?? '').replaceAll(/[x/]/g, ''));
  const width = match[2] === undefined ? TILE_WIDTH : Number(match[2]);
  if (!Number.isSafeInteger(index)) return null;
  // One path a tile: no leading groups of zeroes, no full tile as a partial one.
  return tileSuffix({ index, width }) === suffix && width <= TILE_WIDTH ? { index, width } : null;
}

/** Where a subtree's hash is found: the tile, and which of its hashes lie under the subtree. */
export function tileHolding(level: number, index: number) {
  const span = 2 ** (level % TILE_HEIGHT);
  const first = index * span;
  return {
    level: Math.floor(level / TILE_HEIGHT),
    index: Math.floor(first / TILE_WIDTH),
    offset: first % TILE_WIDTH,
    span,
  };
}

/** @param bytesOf a tile's bytes; at least as many as the subtrees asked for lie in */
export function subtreesOfTiles(
  bytesOf: (level: number, index: number) => Uint8Array,
): SubtreeHash {
  return (level, index) => {
    const at = tileHolding(level, index);
    const bytes = bytesOf(at.level, at.index);
    return perfectRoot(bytes.subarray(at.offset * HASH_BYTES, (at.offset + at.span) * HASH_BYTES));
  };
}

/** Root over concatenated hashes of equal subtrees, a power of two of them. */
export function perfectRoot(hashes: Uint8Array): Hash {
  const count = hashes.byteLength / HASH_BYTES;
  assert(count >= 1 && Number.isInteger(Math.log2(count)), 'a perfect subtree');
  let row = Array.from({ length: count }, (_, i) =>
    hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
  while (row.length > 1) row = pairs(row);
  return Uint8Array.from(row[0] as Hash);
}

const pairs = (row: readonly Hash[]): Hash[] =>
  Array.from({ length: row.length / 2 }, (_, i) =>
    nodeHash(row[2 * i] as Hash, row[2 * i + 1] as Hash),
  );
