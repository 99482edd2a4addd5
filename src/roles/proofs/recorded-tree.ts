/** The signed tree of a recording that is read once and not held, for proofs told beforehand. */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { parseCheckpoint } from '../../events/checkpoint.ts';
import { KeptSubtrees } from '../../events/kept-subtrees.ts';
import { leafHash } from '../../events/merkle.ts';
import { consistencyProof, rootAt } from '../../events/proofs.ts';
import type { SubtreeHash } from '../../events/proofs.ts';
import { splitRecording } from '../../events/recording.ts';
import type { SignedTree, SignedTreeError } from './signed-tree.ts';
import { headMalformed, underHead } from './signed-tree.ts';

/** Of the tree's size. */
type Use = (subtree: SubtreeHash, size: number) => unknown;

/** Roots of earlier sizes, and proofs that they are prefixes. */
export const comparedWith =
  (earlier: readonly number[]): Use =>
  (subtree, size) => {
    for (const old of earlier.filter((one) => one <= size)) {
      rootAt(old, subtree);
      consistencyProof(old, size, subtree);
    }
  };

/**
 * @param pieces whole lines, in order
 * @param use asks for all that the tree is for: it gives no other subtrees later
 */
export async function recordedTree(
  pieces: AsyncIterable<Uint8Array>,
  checkpoint: string,
  use: Use,
): Promise<Either<SignedTreeError, SignedTree>> {
  const head = parseCheckpoint(checkpoint);
  if (E.isLeft(head)) return headMalformed(head.left);
  const { size } = head.right;
  const kept = new KeptSubtrees((subtree) => {
    rootAt(size, subtree);
    use(subtree, size);
  });
  for await (const piece of pieces)
    for (const line of splitRecording(piece)) kept.append(leafHash(line));
  // Of a tree of another size what was asked for is not there, nor is it wanted.
  return underHead(head.right, kept.size, { size, subtree: kept.subtree, checkpoint });
}
