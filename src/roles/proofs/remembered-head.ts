/**
 * What an auditor who kept the last head it saw can say of the next: the log grew from it, or the
 * signer's promise is broken. Invariant: only a head that the remembered one is a prefix of may take
 * its place.
 */
import * as E from 'fp-ts/lib/Either.js';
import { base64Of } from '../../events/base64.ts';
import { verifyCheckpoint } from '../../events/checkpoint.ts';
import type { Checkpoint } from '../../events/checkpoint.ts';
import { rootAt } from '../../events/proofs.ts';
import { formatFork } from '../../events/fork-evidence.ts';
import { provePrefixes } from './signed-tree.ts';
import type { SignedTree } from './signed-tree.ts';

export type HeadVerdict =
  | { readonly fits: true; readonly detail: string }
  /** `evidence`: text of the fork; null where two signatures prove none. */
  | { readonly fits: false; readonly detail: string; readonly evidence: string | null };

/** @param remembered the signed note kept from before; null the first time */
export function compareHeads(
  remembered: string | null,
  tree: SignedTree,
  verifierKey: string,
): HeadVerdict {
  const head = verifyCheckpoint(verifierKey, tree.checkpoint);
  if (E.isLeft(head)) return broken(`the head does not verify: ${head.left.message}`);
  if (remembered === null) return { fits: true, detail: `first seen: ${brief(head.right)}` };
  const old = verifyCheckpoint(verifierKey, remembered);
  if (E.isLeft(old)) return broken(`the remembered head is not this key's: ${old.left.message}`);
  const both = `${brief(old.right)} before, ${brief(head.right)} now`;
  const { size, root } = old.right;
  if (size > head.right.size) return broken(`the log shrank: ${both}`);
  if (Buffer.compare(rootAt(size, tree.subtree), root) === 0) {
    return { fits: true, detail: `grew from ${brief(old.right)}` };
  }
  const evidence = formatFork(provePrefixes(tree, [size]), remembered);
  return { fits: false, detail: `the signer signed two logs: ${both}`, evidence };
}

const brief = ({ size, root }: Checkpoint): string => `${size} entries, root ${base64Of(root)}`;

const broken = (detail: string): HeadVerdict => ({ fits: false, detail, evidence: null });
