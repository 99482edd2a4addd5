/**
 * A light client of a log served as c2sp.org/tlog-tiles: the signed head, and the few tiles that a
 * proof under it needs. Invariant: whoever serves them can refuse, not deceive; the tree handed out
 * has the head's root, and an entry hashes to its leaf.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { parseCheckpoint } from '../../events/checkpoint.ts';
import { MAX_ENTRY_BYTES } from '../../events/commit.ts';
import { HASH_BYTES } from '../../events/merkle.ts';
import { MAX_NOTE_BYTES } from '../../events/note.ts';
import type { SubtreeHash } from '../../events/proofs.ts';
import { TILE_WIDTH, tilePath, tileSuffix, tileWidth } from '../../events/tile.ts';
import { boundedFetch } from '../bounded-fetch.ts';
import type { SignedTree } from './signed-tree.ts';
import { entryOfFetched, subtreesFromTiles } from './tiled-tree.ts';
import type { FetchTile, OnFetched, TilesError } from './tiled-tree.ts';

/** The signed note as it is served; nobody has checked the signature. */
export async function fetchCheckpoint(prefix: string): Promise<Either<TilesError, string>> {
  const answer = await get(prefix, 'checkpoint', MAX_NOTE_BYTES);
  if (E.isLeft(answer)) return E.left({ code: 'tiles_missing', message: answer.left });
  return E.right(Buffer.from(answer.right).toString('utf8'));
}

/** @param use runs what the tree is for; which subtrees it asks for decides what is fetched */
export async function fetchTree(
  prefix: string,
  checkpoint: string,
  use: (subtree: SubtreeHash, size: number) => void,
  onFetched?: OnFetched,
): Promise<Either<TilesError, SignedTree>> {
  const head = parseCheckpoint(checkpoint);
  if (E.isLeft(head)) return E.left({ code: 'tiles_wrong', message: head.left.message });
  const { size } = head.right;
  const used = (subtree: SubtreeHash): void => use(subtree, size);
  const tree = await subtreesFromTiles(head.right, fetchTileAt(prefix), used, onFetched);
  return E.isLeft(tree) ? tree : E.right({ size, subtree: tree.right, checkpoint });
}

/** One entry's line, without its newline; `tree` holds the leaf it has to have. */
export async function fetchEntry(
  prefix: string,
  index: number,
  { size, subtree }: SignedTree,
): Promise<Either<TilesError, Uint8Array>> {
  const tile = Math.floor(index / TILE_WIDTH);
  const width = tileWidth(0, tile, size);
  const path = `lines/${tileSuffix({ index: tile, width })}`;
  const answer = await get(prefix, path, width * (MAX_ENTRY_BYTES + 1));
  if (E.isLeft(answer)) return E.left({ code: 'tiles_missing', message: answer.left });
  const line = entryOfFetched(answer.right, index, { size, subtree });
  if (line === null)
    return E.left({ code: 'tiles_wrong', message: `${path} does not hold entry ${index}` });
  return E.right(line);
}

/** A partial tile may be gone once the full one is there, which begins with it. */
const fetchTileAt =
  (prefix: string): FetchTile =>
  async (tile) => {
    const bytes = tile.width * HASH_BYTES;
    const found = await get(prefix, tilePath(tile), bytes);
    if (E.isRight(found) || tile.width === TILE_WIDTH) return found;
    const full = await get(
      prefix,
      tilePath({ ...tile, width: TILE_WIDTH }),
      TILE_WIDTH * HASH_BYTES,
    );
    return E.isRight(full) ? E.right(full.right.subarray(0, bytes)) : found;
  };

async function get(
  prefix: string,
  path: string,
  bytesMax: number,
): Promise<Either<string, Uint8Array>> {
  const url = `${prefix.replace(/\/$/, '')}/${path}`;
  const answer = await boundedFetch(url, bytesMax);
  if (E.isLeft(answer)) return answer;
  const { status, bytes } = answer.right;
  if (status === 200) return E.right(bytes);
  return E.left(`${url}: ${status} ${Buffer.from(bytes).toString('utf8').slice(0, 200)}`.trim());
}
