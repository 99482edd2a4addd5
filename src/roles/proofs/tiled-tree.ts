/**
 * Subtree hashes of a signed tree from tiles that somebody serves. Only the tiles that a proof needs
 * are fetched, with those above them. Invariant: no hash is handed out before its tile has been
 * checked: partial tiles against the root, full ones against the tile above them.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { HASH_BYTES, leafHash } from '../../events/merkle.ts';
import type { Hash } from '../../events/merkle.ts';
import { rootAt } from '../../events/proofs.ts';
import type { SubtreeHash } from '../../events/proofs.ts';
import { splitRecording } from '../../events/recording.ts';
import {
  perfectRoot,
  subtreesOfTiles,
  TILE_WIDTH,
  tileHolding,
  tilePath,
  tileWidth,
} from '../../events/tile.ts';
import type { Tile } from '../../events/tile.ts';

/** Left: why not, for people. */
export type FetchTile = (tile: Tile) => Promise<Either<string, Uint8Array>>;

/** Told of tiles that came, and how many there will be. */
export type OnFetched = (what: 'tiles', done: number, total: number) => void;

export interface TilesError {
  readonly code: 'tiles_missing' | 'tiles_wrong';
  readonly message: string;
}

/** @param use runs what the subtrees are for; which ones it asks for decides what is fetched */
export async function subtreesFromTiles(
  { size, root }: { readonly size: number; readonly root: Hash },
  fetchTile: FetchTile,
  use: (subtree: SubtreeHash) => void,
  onFetched: OnFetched = () => undefined,
): Promise<Either<TilesError, SubtreeHash>> {
  const tiles = tilesFor(size, use);
  let done = 0;
  const fetched = tiles.map(async (tile) => {
    const answer = await fetchTile(tile);
    done += 1;
    onFetched('tiles', done, tiles.length);
    return answer;
  });
  onFetched('tiles', 0, tiles.length);
  return subtreesOfFetched({ size, root }, tiles, await Promise.all(fetched));
}

/** The same of what came for `tilesFor`, in its order. */
export function subtreesOfFetched(
  { size, root }: { readonly size: number; readonly root: Hash },
  tiles: readonly Tile[],
  fetched: readonly Either<string, Uint8Array>[],
): Either<TilesError, SubtreeHash> {
  const bytes = new Map<string, Uint8Array>();
  for (const [index, answer] of fetched.entries()) {
    const tile = tiles[index];
    assert(tile !== undefined, 'one answer a tile');
    if (E.isLeft(answer)) return wrong('tiles_missing', answer.left);
    if (answer.right.byteLength !== tile.width * HASH_BYTES)
      return wrong('tiles_wrong', `${tilePath(tile)} has ${answer.right.byteLength} bytes`);
    bytes.set(keyOf(tile.level, tile.index), answer.right);
  }
  const bytesOf = (level: number, index: number): Uint8Array => {
    const found = bytes.get(keyOf(level, index));
    assert(found !== undefined, 'every tile asked for has been fetched');
    return found;
  };
  const subtree = subtreesOfTiles(bytesOf);
  if (Buffer.compare(rootAt(size, subtree), root) !== 0)
    return wrong('tiles_wrong', 'the tiles do not give the signed root');
  for (const tile of tiles.filter(({ width }) => width === TILE_WIDTH)) {
    const above = subtree((tile.level + 1) * 8, tile.index);
    if (Buffer.compare(perfectRoot(bytesOf(tile.level, tile.index)), above) !== 0)
      return wrong('tiles_wrong', `${tilePath(tile)} is not of the signed tree`);
  }
  return E.right(subtree);
}

/**
 * One entry's line of a tile of lines that somebody serves; null unless it holds just the lines of
 * its width and this one hashes to its leaf. Lines beyond are not looked at: there may be millions.
 */
export function entryOfFetched(
  lines: Uint8Array,
  index: number,
  { size, subtree }: { readonly size: number; readonly subtree: SubtreeHash },
): Uint8Array | null {
  const width = tileWidth(0, Math.floor(index / TILE_WIDTH), size);
  let entry: Uint8Array | null = null;
  let count = 0;
  for (const line of splitRecording(lines)) {
    if (count === width) return null;
    if (count === index % TILE_WIDTH) entry = line;
    count += 1;
  }
  if (entry === null || count < width) return null;
  return Buffer.compare(leafHash(entry), subtree(0, index)) === 0 ? entry : null;
}

/** The tiles of the root, of what is used, and all above them. */
export function tilesFor(size: number, use: (subtree: SubtreeHash) => void): Tile[] {
  const tiles = new Map<string, Tile>();
  const add = (level: number, index: number): void => {
    const key = keyOf(level, index);
    if (tiles.has(key)) return;
    const width = tileWidth(level, index, size);
    assert(width > 0, 'the tree has this tile');
    tiles.set(key, { level, index, width });
    if (width === TILE_WIDTH) add(level + 1, Math.floor(index / TILE_WIDTH));
  };
  const nothing = new Uint8Array(HASH_BYTES);
  const record: SubtreeHash = (level, index) => {
    const at = tileHolding(level, index);
    add(at.level, at.index);
    return nothing;
  };
  rootAt(size, record);
  use(record);
  return [...tiles.values()];
}

const keyOf = (level: number, index: number): string => `${level}/${index}`;

const wrong = (code: TilesError['code'], message: string): Either<TilesError, never> =>
  E.left({ code, message });
