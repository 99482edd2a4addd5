/**
 * Perfect subtrees of a tree of which leaves come one after another and none is kept: those that
 * somebody will ask for, and on the way a path of the tree. Which they are is known beforehand, for
 * what a proof is made of depends on sizes alone.
 */
import assert from 'node:assert';
import { HASH_BYTES, nodeHash } from './merkle.ts';
import type { Hash } from './merkle.ts';
import type { SubtreeHash } from './proofs.ts';

export class KeptSubtrees {
  /** By level and index; null: not come yet. */
  readonly #kept = new Map<string, Hash | null>();
  /** By level: a left half that waits for its right one. */
  readonly #halves: (Hash | undefined)[] = [];
  #size = 0;

  /** @param asking asks for all that will be asked for; the hashes that it gets are no hashes */
  constructor(asking: (subtree: SubtreeHash) => unknown) {
    const none = new Uint8Array(HASH_BYTES);
    asking((level, index) => {
      this.#kept.set(keyOf(level, index), null);
      return none;
    });
  }

  /** Leaves. */
  get size(): number {
    return this.#size;
  }

  append(leaf: Hash): void {
    let hash = leaf;
    let index = this.#size;
    for (let level = 0; ; level += 1) {
      const key = keyOf(level, index);
      if (this.#kept.has(key)) this.#kept.set(key, hash);
      const left = this.#halves[level];
      this.#halves[level] = left === undefined ? hash : undefined;
      if (left === undefined) break;
      hash = nodeHash(left, hash);
      index = (index - 1) / 2;
    }
    this.#size += 1;
  }

  readonly subtree: SubtreeHash = (level, index) => {
    const hash = this.#kept.get(keyOf(level, index)) ?? null;
    assert(hash !== null, 'it was asked for beforehand, and all of it has come');
    return hash;
  };
}

const keyOf = (level: number, index: number): string => `${level}/${index}`;
