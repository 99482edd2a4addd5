/**
 * The tiles of a growing tree, less those that its leaves give back: hashes of full tiles, level by
 * level, and the last, partial tile of leaves. 32 bytes for every 256 leaves (1.3 MB for ten million);
 * full tiles of leaves are made from the entries again when somebody asks. Invariant: `hashes` of any
 * level above 0 are exactly those of the tree over `size` leaves.
 */
import assert from 'node:assert';
import { HASH_BYTES } from './merkle.ts';
import type { Hash } from './merkle.ts';
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

  /** Leaves. */
  get size(): number {
    return this.#size;
  }

  append(leaf: Hash): void {
    assert(leaf.byteLength === HASH_BYTES, 'a hash has 32 bytes');
    this.#last.push(leaf);
    this.#size += 1;
    if (this.#last.count < TILE_WIDTH) return;
    let hash = perfectRoot(this.#last.slice(0, TILE_WIDTH));
    this.#last = new Row();
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
