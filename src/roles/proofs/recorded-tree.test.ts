/** A tree read in pieces is the one of all lines: for heads, for forks, and where it is refused. */
import * as E from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ndjsonOf, signedHead, storyLines, verifierKey } from '../../testing/signed-story.ts';
import { piecesOf } from '../audit/recorded-lines.ts';
import { comparedWith, recordedTree } from './recorded-tree.ts';
import { compareHeads } from './remembered-head.ts';
import { signedTree } from './signed-tree.ts';

const aSize = fc.integer({ min: 1, max: storyLines.length });
const begin = (size: number) => storyLines.slice(0, size);

it('says the same of a remembered head, and gives the same evidence', async () => {
  await fc.assert(
    fc.asyncProperty(aSize, aSize, fc.nat(), fc.boolean(), async (before, now, at, isFork) => {
      const lines = isFork
        ? begin(now).with(at % now, Buffer.from('{"another":"entry"}'))
        : begin(now);
      const [ndjson, checkpoint] = [ndjsonOf(lines), signedHead(lines)];
      const remembered = signedHead(begin(before));
      const whole = signedTree(ndjson, checkpoint);
      const tree = await recordedTree(piecesOf(ndjson), checkpoint, comparedWith([before]));
      if (E.isLeft(whole) || E.isLeft(tree)) throw new Error('it is the tree of its head');
      expect(compareHeads(remembered, tree.right, verifierKey)).toEqual(
        compareHeads(remembered, whole.right, verifierKey),
      );
    }),
    { numRuns: 60 },
  );
});

it('is refused for the same reasons', async () => {
  const head = signedHead(storyLines);
  for (const [lines, checkpoint] of [
    [storyLines.toReversed(), head],
    [storyLines.slice(1), head],
    [[], head],
    [storyLines, 'no note'],
  ] as const)
    expect(await recordedTree(piecesOf(ndjsonOf(lines)), checkpoint, comparedWith([3]))).toEqual(
      signedTree(ndjsonOf(lines), checkpoint),
    );
});
