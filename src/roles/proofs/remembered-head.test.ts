/** Honest growth fits; forks become evidence that holds, and an honest signer cannot be accused. */
import * as E from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { verifierKeyOf } from '../../events/note.ts';
import { keyNamed } from '../../testing/desk.ts';
import {
  ndjsonOf,
  ORIGIN,
  signedHead,
  storyLines,
  verifierKey,
} from '../../testing/signed-story.ts';
import { formatFork, verifyFork } from '../../events/fork-evidence.ts';
import { compareHeads } from './remembered-head.ts';
import { provePrefixes, signedTree } from './signed-tree.ts';
import type { SignedTree } from './signed-tree.ts';

function treeOf(lines: readonly Uint8Array[]): SignedTree {
  const tree = signedTree(ndjsonOf(lines), signedHead(lines));
  if (E.isLeft(tree)) throw new Error(tree.left.message);
  return tree.right;
}
const aSize = fc.integer({ min: 1, max: storyLines.length });
const begin = (size: number) => storyLines.slice(0, size);

it('lets a log grow, never shrink', () => {
  fc.assert(
    fc.property(aSize, aSize, (before, now) => {
      const verdict = compareHeads(signedHead(begin(before)), treeOf(begin(now)), verifierKey);
      expect(verdict.fits).toBe(before <= now);
      if (!verdict.fits) expect(verdict).toMatchObject({ evidence: null });
    }),
    { numRuns: 60 },
  );
});

it('turns any rewritten entry below the remembered head into evidence', () => {
  fc.assert(
    fc.property(aSize, aSize, fc.nat(), (a, b, at) => {
      const [before, now] = [Math.min(a, b), Math.max(a, b)];
      const forked = begin(now).with(at % before, Buffer.from('{"another":"entry"}'));
      const verdict = compareHeads(signedHead(begin(before)), treeOf(forked), verifierKey);
      if (verdict.fits || verdict.evidence === null) throw new Error('a fork was overlooked');
      const fork = verifyFork(verifierKey, verdict.evidence);
      expect(fork).toMatchObject({ right: { head: { size: now }, other: { size: before } } });
    }),
    { numRuns: 60 },
  );
});

it('accuses nobody whose heads fit, nor by altered evidence, nor under another key', () => {
  const proof = provePrefixes(treeOf(begin(20)), [9]);
  const fitting = formatFork(proof, signedHead(begin(9)));
  expect(verifyFork(verifierKey, fitting)).toMatchObject({ left: { code: 'proof_wrong' } });
  const forked = formatFork(proof, signedHead(storyLines.slice(1, 10)));
  expect(E.isRight(verifyFork(verifierKey, forked))).toBe(true);
  const other = verifierKeyOf(ORIGIN, keyNamed('operator').actor);
  expect(E.isLeft(verifyFork(other, forked))).toBe(true);
  const lines = forked.split('\n');
  for (const index of lines.keys()) {
    const without = lines.toSpliced(index, 1).join('\n');
    expect([index, E.isLeft(verifyFork(verifierKey, without))]).toEqual([index, true]);
  }
});

it('does not take a head that another key signed for the remembered one', () => {
  const other = verifierKeyOf(ORIGIN, keyNamed('operator').actor);
  const tree = treeOf(begin(5));
  expect(compareHeads(null, tree, verifierKey).fits).toBe(true);
  expect(compareHeads(null, tree, other).fits).toBe(false);
  const strange = signedHead(begin(5)).replace(ORIGIN, 'daybook.local/other');
  expect(compareHeads(strange, tree, verifierKey).fits).toBe(false);
});
