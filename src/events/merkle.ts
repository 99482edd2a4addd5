/**
 * The tree of RFC 6962 section 2.1 over the ledger's entries, as a compact range: the hashes of the
 * perfect subtrees that the size's binary digits name, largest first. Appending is O(1) amortised,
 * memory is O(log n). leaf = SHA-256(0x00 || entry), node = SHA-256(0x01 || left || right), empty =
 * SHA-256(""). Invariant: a range holds exactly as many hashes as its size has one bits.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { base64Of, bytesOfBase64 } from './base64.ts';
import { MAX_ENTRY_BYTES } from './commit.ts';
import { sha256 } from './digest.ts';

/** 32 bytes. Never mutated once made. */
export type Hash = Uint8Array;
export const HASH_BYTES = 32;

// One-shot hashing of a reused buffer is the fastest road through node:crypto; no call here yields
// between filling the buffer and hashing it.
const leafInput = new Uint8Array(1 + MAX_ENTRY_BYTES);
const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES);
nodeInput[0] = 0x01;

/** @param entry the entry's line without its newline. */
export function leafHash(entry: Uint8Array): Hash {
  if (entry.byteLength > MAX_ENTRY_BYTES) return sha256(Buffer.concat([Uint8Array.of(0), entry]));
  leafInput.set(entry, 1);
  return sha256(leafInput.subarray(0, 1 + entry.byteLength));
}

export function nodeHash(left: Hash, right: Hash): Hash {
  assert(left.byteLength === HASH_BYTES && right.byteLength === HASH_BYTES, 'a hash has 32 bytes');
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

export function emptyRoot(): Hash {
  return sha256(new Uint8Array(0));
}

/** JSON form of a range: what a snapshot stores. Hashes in base64, largest subtree first. */
export interface StoredRange {
  readonly size: number;
  readonly hashes: readonly string[];
}

export interface StoredRangeError {
  readonly code: 'range_malformed';
  readonly message: string;
}

export class CompactRange {
  #size: number;
  readonly #hashes: Hash[];

  private constructor(size: number, hashes: Hash[]) {
    this.#size = size;
    this.#hashes = hashes;
  }

  static empty(): CompactRange {
    return new CompactRange(0, []);
  }

  /** Reads what `serialise` wrote. Says nothing about whether the hashes are anybody's tree. */
  static deserialise(stored: StoredRange): Either<StoredRangeError, CompactRange> {
    // Typed as its writer makes it, hostile all the same: it was JSON a moment ago.
    const { size, hashes: texts } = (stored as Partial<StoredRange> | null) ?? {};
    if (size === undefined || !Number.isSafeInteger(size) || size < 0) {
      return malformed('size is not a count');
    }
    if (!Array.isArray(texts) || texts.length !== onesOf(size)) {
      return malformed(`a range of size ${size} has ${onesOf(size)} hashes`);
    }
    const hashes: Hash[] = [];
    for (const text of texts as readonly unknown[]) {
      const hash = typeof text === 'string' ? bytesOfBase64(text) : undefined;
      if (hash?.byteLength !== HASH_BYTES) return malformed('a hash is not 32 bytes of base64');
      hashes.push(hash);
    }
    return E.right(new CompactRange(size, hashes));
  }

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  append(leaf: Hash): void {
    assert(leaf.byteLength === HASH_BYTES, 'a hash has 32 bytes');
    let hash = leaf;
    // Each trailing one bit of the size is a perfect subtree that the new one completes.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#hashes.pop();
      assert(left !== undefined, 'one hash for each one bit');
      hash = nodeHash(left, hash);
    }
    this.#hashes.push(hash);
    this.#size += 1;
    assert(this.#size <= Number.MAX_SAFE_INTEGER, 'sizes are exact');
  }

  root(): Hash {
    let root: Hash | undefined;
    for (let index = this.#hashes.length - 1; index >= 0; index--) {
      const hash = this.#hashes[index];
      assert(hash !== undefined, 'index is inside');
      root = root === undefined ? hash : nodeHash(hash, root);
    }
    return root ?? emptyRoot();
  }

  clone(): CompactRange {
    return new CompactRange(this.#size, [...this.#hashes]);
  }

  serialise(): StoredRange {
    return { size: this.#size, hashes: this.#hashes.map((hash) => base64Of(hash)) };
  }
}

/** Number of one bits; arithmetic, because sizes pass 2^32. */
function onesOf(size: number): number {
  let ones = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}

function malformed(message: string): Either<StoredRangeError, never> {
  return E.left({ code: 'range_malformed', message });
}
