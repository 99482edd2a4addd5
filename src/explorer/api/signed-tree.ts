/** The signed head that is served, with as much of the tree under it as a proof needs. */
import * as E from 'fp-ts/lib/Either.js';
import { parseCheckpoint } from '../../events/checkpoint.ts';
import { consistencyProof, inclusionProof, rootAt } from '../../events/proofs.ts';
import type { SubtreeHash } from '../../events/proofs.ts';
import type { SignedTree } from '../../roles/proofs/signed-tree.ts';
import { subtreesFromTiles } from '../../roles/proofs/tiled-tree.ts';
import { HttpError } from '../reply.ts';
import type { Site } from '../site.ts';

async function treeFor(
  site: Site,
  sizeMin: number,
  use: (subtree: SubtreeHash, size: number) => void,
): Promise<SignedTree> {
  const published = await site.publication.current();
  if (published === null)
    throw new HttpError(503, 'no_checkpoint', `no signed head: ${site.publication.problem}`);
  const head = parseCheckpoint(published.note);
  if (E.isLeft(head)) throw new Error(`the published head: ${head.left.message}`);
  const { size } = head.right;
  if (size < sizeMin)
    throw new HttpError(404, 'beyond_head', `the signed head covers ${size} entries`);
  const subtree = await subtreesFromTiles(
    head.right,
    async (tile) => E.right(await site.tiles.bytes(tile)),
    (hash) => use(hash, size),
  );
  if (E.isLeft(subtree)) throw new Error(`the published head: ${subtree.left.message}`);
  return { size, subtree: subtree.right, checkpoint: published.note };
}

/** For the inclusion proof of one entry. @throws HttpError no_checkpoint | beyond_head */
export const signedTreeFor = (site: Site, index: number): Promise<SignedTree> =>
  treeFor(site, index + 1, (subtree, size) => {
    subtree(0, index);
    inclusionProof(index, size, subtree);
  });

/** For the proof that a smaller tree is a prefix. @throws HttpError no_checkpoint | beyond_head */
export const signedTreeOver = (site: Site, size: number): Promise<SignedTree> =>
  treeFor(site, size, (subtree, newSize) => {
    rootAt(size, subtree);
    consistencyProof(size, newSize, subtree);
  });
