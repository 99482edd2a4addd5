/**
 * The tiles of a growing tree, less those that its leaves give back: hashes of full tiles, level by
 * level, and the last, partial tile of leaves. 32 bytes for every 256 leaves (1.3 MB for ten million);
 * full tiles of leaves are made from the entries again when somebody asks. Invariant: `hashes` of any
 * level above 0 are exactly those of the tree over `size` leaves.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { CompactRange, HASH_BYTES } from './merkle.ts';
import type { Hash, StoredRangeError } from './merkle.ts';
import { perfectRoot, TILE_WIDTH } from './tile.ts';

const TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/** Concatenated hashes, with room to grow. */
class Row {
  #bytes = new Uint8Array(TILE_BYTES);
  count = 0;

  push(hash: Hash): void {
    if ((this.count + 1) * HASH_BYTES > this.#bytes.byteLength) {
      const bytes = new Uint8Array(2 * this.#bytes.byteLength);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    this.#bytes.set(hash, this.count * HASH_BYTES);
    this.count += 1;
  }

  slice(from: number, count: number): Uint8Array {
    assert(from >= 0 && from + count <= this.count, 'these hashes are there');
    return this.#bytes.slice(from * HASH_BYTES, (from + count) * HASH_BYTES);
  }
}

export class TileLevels {
  /** Leaves since the last full tile. */
  #last = new Row();
  /** [l]: hashes of the full tiles of level l, which are the hashes in the tiles of level l + 1. */
  readonly #full: Row[] = [];
  #size = 0;

  /**
   * What `serialise` wrote, if it is of that tree: the compact range of its full tiles, followed by
   * that of the leaves after them, is the compact range of the whole.
   */
  static deserialise(bytes: Uint8Array, tree: CompactRange): Either<StoredRangeError, TileLevels> {
    const full = Math.floor(tree.size / TILE_WIDTH);
    const count = full + (tree.size % TILE_WIDTH);
    const wrong = (message: string) => E.left({ code: 'range_malformed', message } as const);
    if (bytes.byteLength !== count * HASH_BYTES) return wrong(`${count} hashes are wanted`);
    const levels = new TileLevels();
    const [tiles, leaves] = [CompactRange.empty(), CompactRange.empty()];
    for (let index = 0; index < count; index += 1) {
      const hash = bytes.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES);
      (index < full ? tiles : leaves).append(hash);
      if (index < full) levels.#raise(hash);
      else levels.#last.push(hash);
    }
    levels.#size = tree.size;
    const hashes = [...tiles.serialise().hashes, ...leaves.serialise().hashes];
    const same = hashes.join() === tree.serialise().hashes.join();
    return same ? E.right(levels) : wrong('they are of another tree');
  }

  /** Hashes of the full tiles of leaves, then the leaves after them; the rest follows from these. */
  serialise(): Uint8Array {
    const full = this.#full[0]?.slice(0, this.#full[0].count) ?? new Uint8Array();
    return Buffer.concat([full, this.#last.slice(0, this.#last.count)]);
  }

  /** Leaves. */
  get size(): number {
    return this.#size;
  }

  append(leaf: Hash): void {
    assert(leaf.byteLength === HASH_BYTES, 'a hash has 32 bytes');
    this.#last.push(leaf);
    this.#size += 1;
    if (this.#last.count < TILE_WIDTH) return;
    const tile = perfectRoot(this.#last.slice(0, TILE_WIDTH));
    this.#last = new Row();
    this.#raise(tile);
  }

  /** A full tile of leaves, and what it completes above it. */
  #raise(tile: Hash): void {
    let hash = tile;
    for (let level = 0; ; level += 1) {
      const row = (this.#full[level] ??= new Row());
      row.push(hash);
      if (row.count % TILE_WIDTH !== 0) return;
      hash = perfectRoot(row.slice(row.count - TILE_WIDTH, TILE_WIDTH));
    }
  }

  /**
   * The first `width` hashes of a tile; null for a full tile of leaves, or a part of one.
   * The caller has made sure that the tree has them (`tileWidth`).
   */
  hashes(level: number, index: number, width: number): Uint8Array | null {
    if (level > 0) {
      const row = this.#full[level - 1];
      assert(row !== undefined, 'the tree has this level');
      return row.slice(index * TILE_WIDTH, width);
    }
    const lastIndex = Math.floor(this.#size / TILE_WIDTH);
    return index === lastIndex ? this.#last.slice(0, width) : null;
  }

  /** Hash of a full tile of leaves: what its leaves, read again, have to give. */
  fullTile(index: number): Hash {
    const row = this.#full[0];
    assert(row !== undefined, 'the tile is full');
    return row.slice(index, 1);
  }
}
