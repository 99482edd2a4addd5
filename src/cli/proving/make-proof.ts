/** The texts of proofs from whatever they are made of. */
import { consistencyProof, inclusionProof, rootAt } from '../../events/proofs.ts';
import type { SubtreeHash } from '../../events/proofs.ts';
import { proveInclusion, provePrefixes } from '../../roles/proofs/signed-tree.ts';
import type { ProofSource } from './proof-source.ts';

/** @param index of an entry under the head */
export async function makeInclusion(
  source: ProofSource,
  index: number,
): Promise<{ readonly proof: string; readonly entry: () => Promise<Uint8Array> }> {
  const tree = await source.treeFor((subtree) => {
    subtree(0, index);
    inclusionProof(index, source.size, subtree);
  });
  return { proof: proveInclusion(tree, index), entry: () => source.entry(index, tree) };
}

/** @param sizes none above the head's */
export async function makePrefixes(source: ProofSource, sizes: readonly number[]): Promise<string> {
  const use = (subtree: SubtreeHash): void => {
    for (const size of sizes) {
      rootAt(size, subtree);
      consistencyProof(size, source.size, subtree);
    }
  };
  return provePrefixes(await source.treeFor(use), sizes);
}
