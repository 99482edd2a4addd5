/** The signed tree of a recording that is read once and not held, for proofs about sizes told beforehand. */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { parseCheckpoint } from '../../events/checkpoint.ts';
import { KeptSubtrees } from '../../events/kept-subtrees.ts';
import { leafHash } from '../../events/merkle.ts';
import { consistencyProof, rootAt } from '../../events/proofs.ts';
import { splitRecording } from '../../events/recording.ts';
import type { SignedTree, SignedTreeError } from './signed-tree.ts';
import { headMalformed, underHead } from './signed-tree.ts';

/**
 * @param pieces whole lines, in order
 * @param earlier sizes of which roots, and proofs that they are prefixes, will be asked for
 */
export async function recordedTree(
  pieces: AsyncIterable<Uint8Array>,
  checkpoint: string,
  earlier: readonly number[],
): Promise<Either<SignedTreeError, SignedTree>> {
  const head = parseCheckpoint(checkpoint);
  if (E.isLeft(head)) return headMalformed(head.left);
  const { size } = head.right;
  const kept = new KeptSubtrees((subtree) => {
    rootAt(size, subtree);
    for (const old of earlier.filter((one) => one <= size)) {
      rootAt(old, subtree);
      consistencyProof(old, size, subtree);
    }
  });
  for await (const piece of pieces)
    for (const line of splitRecording(piece)) kept.append(leafHash(line));
  return underHead(head.right, kept.size, { size, subtree: kept.subtree, checkpoint });
}
