/**
 * Inclusion and consistency proofs of the tree (RFC 6962 section 2.1; verification by the
 * algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2). Proofs are built from the hashes of perfect
 * subtrees, which a list of leaf hashes or a store of tiles can give. Invariant: verification looks
 * at nothing but its arguments, uses every hash of the proof, and answers false for anything else.
 */
import assert from 'node:assert';
import { emptyRoot, HASH_BYTES, nodeHash } from './merkle.ts';
import type { Hash } from './merkle.ts';

/** Hash of the perfect subtree over leaves [index * 2^level, (index + 1) * 2^level). */
export type SubtreeHash = (level: number, index: number) => Hash;

/** No tree that can be counted has a longer path. */
export const MAX_PROOF_HASHES = 64;

/** Subtree hashes of a list of leaf hashes; each is computed once and kept. */
export function subtreesOf(leaves: readonly Hash[]): SubtreeHash {
  const levels: Hash[][] = [];
  const hashAt = (level: number, index: number): Hash => {
    if (level === 0) {
      const leaf = leaves[index];
      assert(leaf !== undefined, 'the leaf exists');
      return leaf;
    }
    const row = (levels[level] ??= []);
    const known = row[index];
    if (known !== undefined) return known;
    const hash = nodeHash(hashAt(level - 1, 2 * index), hashAt(level - 1, 2 * index + 1));
    row[index] = hash;
    return hash;
  };
  return hashAt;
}

/** Root of the tree over the first `size` leaves. */
export function rootAt(size: number, subtree: SubtreeHash): Hash {
  return size === 0 ? emptyRoot() : rangeHash(0, size, subtree);
}

/** Hashes from the leaf's sibling up to the root's child. */
export function inclusionProof(index: number, size: number, subtree: SubtreeHash): Hash[] {
  assert(Number.isSafeInteger(size) && index >= 0 && index < size, 'the entry is in the tree');
  const path: Hash[] = [];
  for (let start = 0, end = size; end - start > 1;) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push(rangeHash(middle, end, subtree));
      end = middle;
    } else {
      path.push(rangeHash(start, middle, subtree));
      start = middle;
    }
  }
  return path.toReversed();
}

/** That the tree of `newSize` begins with the tree of `oldSize`. Empty for equal sizes and for 0. */
export function consistencyProof(oldSize: number, newSize: number, subtree: SubtreeHash): Hash[] {
  assert(Number.isSafeInteger(newSize) && oldSize >= 0 && oldSize <= newSize, 'old is not newer');
  if (oldSize === 0 || oldSize === newSize) return [];
  const path: Hash[] = [];
  let [start, end] = [0, newSize];
  // SUBPROOF of RFC 6962 section 2.1.2, without the recursion.
  while (oldSize !== end) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      path.push(rangeHash(middle, end, subtree));
      end = middle;
    } else {
      path.push(rangeHash(start, middle, subtree));
      start = middle;
    }
  }
  if (start > 0) path.push(rangeHash(start, end, subtree));
  return path.toReversed();
}

/** RFC 9162 section 2.1.3.2. */
export function verifyInclusion(
  leaf: Hash,
  index: number,
  size: number,
  path: readonly Hash[],
  root: Hash,
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leaf, root, ...path])) {
    return false;
  }
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else hash = nodeHash(hash, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equal(hash, root);
}

/** RFC 9162 section 2.1.4.2; an empty old tree is consistent with every tree. */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Hash,
  newSize: number,
  newRoot: Hash,
  path: readonly Hash[],
): boolean {
  if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize) return false;
  if (!areHashes([oldRoot, newRoot, ...path])) return false;
  if (oldSize === newSize) {
    return path.length === 0 && equal(oldRoot, newRoot) && (oldSize > 0 || isEmptyRoot(oldRoot));
  }
  if (oldSize === 0) return path.length === 0 && isEmptyRoot(oldRoot);
  return verifyGrowth(oldSize, oldRoot, newSize, newRoot, path);
}

function verifyGrowth(
  oldSize: number,
  oldRoot: Hash,
  newSize: number,
  newRoot: Hash,
  path: readonly Hash[],
): boolean {
  let [node, last] = [oldSize - 1, newSize - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  // A whole old tree is its own first hash, so the proof does not repeat it.
  const [first, ...rest] = node === 0 ? [oldRoot, ...path] : path;
  if (first === undefined) return false;
  let [oldHash, newHash] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else newHash = nodeHash(newHash, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equal(oldHash, oldRoot) && equal(newHash, newRoot);
}

/** Hash over leaves [start, end), where start is where RFC 6962's splitting puts one. */
function rangeHash(start: number, end: number, subtree: SubtreeHash): Hash {
  const size = end - start;
  const level = Math.floor(Math.log2(size));
  if (2 ** level === size) return subtree(level, start / size);
  const middle = start + splitOf(size);
  return nodeHash(rangeHash(start, middle, subtree), rangeHash(middle, end, subtree));
}

/** The largest power of two below `size` (size > 1). */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

// Sizes pass 2^32, where the bit operators end.
const half = (n: number): number => Math.floor(n / 2);
const isOdd = (n: number): boolean => n % 2 === 1;
const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

function areHashes(hashes: readonly Hash[]): boolean {
  return (
    hashes.length <= MAX_PROOF_HASHES + 2 && hashes.every((hash) => hash.byteLength === HASH_BYTES)
  );
}

function isEmptyRoot(root: Hash): boolean {
  return equal(root, emptyRoot());
}

function equal(a: Hash, b: Hash): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}
