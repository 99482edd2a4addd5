/** Subtrees kept on the way are those of a list of all leaves, for every root and every proof. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeptSubtrees } from './kept-subtrees.ts';
import { leafHash } from './merkle.ts';
import { consistencyProof, inclusionProof, rootAt, subtreesOf } from './proofs.ts';
import type { SubtreeHash } from './proofs.ts';

const leaves = Array.from({ length: 300 }, (_, at) => leafHash(Buffer.from(`leaf ${at}`)));

it('give the same roots and proofs as all leaves', () => {
  const aSize = fc.integer({ min: 1, max: leaves.length });
  fc.assert(
    fc.property(aSize, fc.nat(), fc.nat(), (size, a, b) => {
      const [old, at] = [a % (size + 1), b % size];
      const answers = (subtree: SubtreeHash) => [
        rootAt(size, subtree),
        rootAt(old, subtree),
        ...consistencyProof(old, size, subtree),
        ...inclusionProof(at, size, subtree),
      ];
      const kept = new KeptSubtrees(answers);
      for (const leaf of leaves.slice(0, size)) kept.append(leaf);
      expect(kept.size).toBe(size);
      expect(answers(kept.subtree)).toEqual(answers(subtreesOf(leaves)));
    }),
  );
});

it('that nobody asked for, or that have not come, are not given', () => {
  const kept = new KeptSubtrees((subtree) => subtree(2, 0));
  for (const leaf of leaves.slice(0, 3)) kept.append(leaf);
  expect(() => kept.subtree(2, 0)).toThrow('asked for beforehand');
  kept.append(leaves[3] as Uint8Array);
  expect(kept.subtree(2, 0)).toEqual(rootAt(4, subtreesOf(leaves)));
  expect(() => kept.subtree(1, 0)).toThrow('asked for beforehand');
});
