/** Trees against the recursive definition of RFC 6962, and paths that prove one leaf only. */
import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { hex } from './hex.ts';
import {
  inclusionPath,
  leafHash,
  peakCount,
  peaksOf,
  rootFromPath,
  rootOfPeaks,
  treeRoot,
  withLeaf,
} from './merkle-tree.ts';

const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const leavesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => leafHash(hash, `leaf ${i}`));

/** MTH of RFC 6962, section 2.1, as it is written there. */
function defined(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!;
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  return hash(Uint8Array.of(1, ...defined(leaves.slice(0, k)), ...defined(leaves.slice(k))));
}

test('roots are those of the definition, and grow leaf by leaf', () => {
  for (let count = 1; count <= 40; count += 1) {
    const leaves = leavesOf(count);
    const peaks = peaksOf(leaves, hash);
    expect(hex(treeRoot(leaves, hash))).toBe(hex(defined(leaves)));
    expect(peaks.length).toBe(peakCount(count));
    const more = leafHash(hash, 'more');
    expect(hex(rootOfPeaks(withLeaf(peaks, count, more, hash), hash))).toBe(
      hex(defined([...leaves, more])),
    );
  }
});

test('a path leads from its own leaf at its own place to the root, and no other', () => {
  const places = fc
    .integer({ min: 1, max: 70 })
    .chain((count) => fc.tuple(fc.constant(count), fc.nat(count - 1), fc.nat(count - 1)));
  fc.assert(
    fc.property(places, ([count, index, other]) => {
      const leaves = leavesOf(count);
      const root = hex(treeRoot(leaves, hash));
      const path = inclusionPath(leaves, index, hash);
      const reached = (leaf: number, at: number, way = path): string | null => {
        const found = rootFromPath(leaves[leaf]!, at, count, way, hash);
        return found === null ? null : hex(found);
      };
      expect(reached(index, index)).toBe(root);
      if (other !== index) {
        expect(reached(other, index)).not.toBe(root);
        expect(reached(index, other)).not.toBe(root);
      }
      expect(reached(index, index, [...path, leaves[0]!])).toBe(null);
      if (path.length > 0) expect(reached(index, index, path.slice(1))).not.toBe(root);
    }),
  );
});
