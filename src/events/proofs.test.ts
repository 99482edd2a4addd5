import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompactRange, leafHash } from './merkle.ts';
import type { Hash } from './merkle.ts';
import {
  consistencyProof,
  inclusionProof,
  rootAt,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from './proofs.ts';

const MAX = 70;
const leaves = Array.from({ length: MAX }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));
const subtree = subtreesOf(leaves);
const roots = Array.from({ length: MAX + 1 }, (_, size) => rootAt(size, subtree));
const rootOf = (size: number): Hash => roots[size] as Hash;
const leafOf = (index: number): Hash => leaves[index] as Hash;
const hex = (hashes: readonly Hash[]): string[] =>
  hashes.map((hash) => Buffer.from(hash).toString('hex'));
const flip = (hash: Hash, bit: number): Hash =>
  hash.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

/** RFC 6962 section 2.1.1 and 2.1.2, word for word. */
const split = (size: number): number => 2 ** Math.ceil(Math.log2(size) - 1);
function rootByDefinition(list: readonly Hash[]): Hash {
  const range = CompactRange.empty();
  for (const leaf of list) range.append(leaf);
  return range.root();
}
function pathByDefinition(index: number, list: readonly Hash[]): Hash[] {
  if (list.length === 1) return [];
  const k = split(list.length);
  return index < k
    ? [...pathByDefinition(index, list.slice(0, k)), rootByDefinition(list.slice(k))]
    : [...pathByDefinition(index - k, list.slice(k)), rootByDefinition(list.slice(0, k))];
}
function subproof(m: number, list: readonly Hash[], whole: boolean): Hash[] {
  if (m === list.length) return whole ? [] : [rootByDefinition(list)];
  const k = split(list.length);
  return m <= k
    ? [...subproof(m, list.slice(0, k), whole), rootByDefinition(list.slice(k))]
    : [...subproof(m - k, list.slice(k), false), rootByDefinition(list.slice(0, k))];
}

describe('inclusion proofs', () => {
  it('are those of the definition and hold, for every entry of every size', () => {
    for (let size = 1; size <= MAX; size++) {
      for (let index = 0; index < size; index++) {
        const path = inclusionProof(index, size, subtree);
        expect(verifyInclusion(leafOf(index), index, size, path, rootOf(size))).toBe(true);
        if (size <= 20)
          expect(hex(path)).toEqual(hex(pathByDefinition(index, leaves.slice(0, size))));
      }
    }
  });

  it('hold for one entry, one index, one root and the whole path only', () => {
    const sizes = fc.integer({ min: 2, max: MAX });
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), fc.nat(255), (size, pick, other, bit) => {
        const index = pick % size;
        const path = inclusionProof(index, size, subtree);
        const leaf = leafOf(index);
        const holds = (l: Hash, i: number, s: number, p: readonly Hash[], r: Hash): boolean =>
          verifyInclusion(l, i, s, p, r);
        const wrongIndex = other % size;
        if (wrongIndex !== index) {
          expect(holds(leaf, wrongIndex, size, path, rootOf(size))).toBe(false);
          expect(holds(leafOf(wrongIndex), index, size, path, rootOf(size))).toBe(false);
        }
        expect(holds(leaf, index, size, path, rootOf(size - 1))).toBe(false);
        expect(holds(leaf, index, size, path, flip(rootOf(size), bit))).toBe(false);
        expect(holds(flip(leaf, bit), index, size, path, rootOf(size))).toBe(false);
        expect(holds(leaf, index, size, path.slice(1), rootOf(size))).toBe(false);
        expect(holds(leaf, index, size, path.slice(0, -1), rootOf(size))).toBe(false);
        expect(holds(leaf, index, size, [...path, leaf], rootOf(size))).toBe(false);
        const at = other % path.length;
        const tampered = path.map((hash, step) => (step === at ? flip(hash, bit) : hash));
        expect(holds(leaf, index, size, tampered, rootOf(size))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('are false, never an error, for arguments that describe no tree', () => {
    const [leaf, root] = [leafOf(0), rootOf(1)];
    expect(verifyInclusion(leaf, 0, 1, [], root)).toBe(true);
    for (const [index, size] of [
      [0, 0],
      [1, 1],
      [-1, 1],
      [0.5, 1],
      [Number.NaN, 1],
      [0, Number.POSITIVE_INFINITY],
      [0, 2 ** 53],
    ] as const) {
      expect(verifyInclusion(leaf, index, size, [], root)).toBe(false);
    }
    expect(verifyInclusion(leaf.slice(1), 0, 1, [], root)).toBe(false);
    expect(verifyInclusion(leaf, 0, 2, [new Uint8Array(31)], root)).toBe(false);
    expect(verifyInclusion(leaf, 0, 2 ** 50, Array<Hash>(100_000).fill(leaf), root)).toBe(false);
  });
});

describe('consistency proofs', () => {
  it('are those of the definition and hold, for every pair of sizes', () => {
    for (let newSize = 1; newSize <= MAX; newSize++) {
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const path = consistencyProof(oldSize, newSize, subtree);
        const holds = verifyConsistency(oldSize, rootOf(oldSize), newSize, rootOf(newSize), path);
        expect([oldSize, newSize, holds]).toEqual([oldSize, newSize, true]);
        if (newSize <= 20 && oldSize > 0) {
          expect(hex(path)).toEqual(hex(subproof(oldSize, leaves.slice(0, newSize), true)));
        }
      }
    }
  });

  it('hold for two roots and the whole path only', () => {
    const sizes = fc.integer({ min: 2, max: MAX });
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), fc.nat(255), (newSize, pick, other, bit) => {
        const oldSize = 1 + (pick % (newSize - 1));
        const path = consistencyProof(oldSize, newSize, subtree);
        const [a, b] = [rootOf(oldSize), rootOf(newSize)];
        expect(verifyConsistency(oldSize, flip(a, bit), newSize, b, path)).toBe(false);
        expect(verifyConsistency(oldSize, a, newSize, flip(b, bit), path)).toBe(false);
        expect(verifyConsistency(oldSize + 1, a, newSize, b, path)).toBe(false);
        expect(verifyConsistency(oldSize - 1, a, newSize, b, path)).toBe(false);
        expect(verifyConsistency(oldSize, a, newSize, b, path.slice(1))).toBe(false);
        expect(verifyConsistency(oldSize, a, newSize, b, path.slice(0, -1))).toBe(false);
        expect(verifyConsistency(oldSize, a, newSize, b, [...path, a])).toBe(false);
        const at = other % path.length;
        const tampered = path.map((hash, step) => (step === at ? flip(hash, bit) : hash));
        expect(verifyConsistency(oldSize, a, newSize, b, tampered)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('do not let a log shrink, or call another tree empty', () => {
    expect(verifyConsistency(3, rootOf(3), 2, rootOf(2), [])).toBe(false);
    expect(verifyConsistency(0, rootOf(1), 2, rootOf(2), [])).toBe(false);
    expect(verifyConsistency(0, rootOf(1), 0, rootOf(1), [])).toBe(false);
    expect(verifyConsistency(0, rootOf(0), 2, rootOf(2), [rootOf(1)])).toBe(false);
    expect(verifyConsistency(2, rootOf(2), 2, rootOf(3), [])).toBe(false);
  });
});
