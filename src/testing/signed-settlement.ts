/** The money story under a signed head, and its settlements: food for proofs and exports. */
import type { ExportInput } from '../roles/settlements/exports/settlement-export.ts';
import type { Settlement } from '../roles/settlements/published.ts';
import { settlementIn } from '../roles/settlements/published.ts';
import type { SignedLines } from '../roles/proofs/signed-tree.ts';
import { signedTree } from '../roles/proofs/signed-tree.ts';
import type { Desk } from './desk.ts';
import { ndjsonOf, signedHead } from './signed-story.ts';

export function signedLines({ lines }: Desk): SignedLines {
  const tree = signedTree(ndjsonOf(lines), signedHead(lines));
  if (tree._tag === 'Left') throw new Error(tree.left.message);
  return tree.right;
}

/** @param sequence of the settlement; default: the last */
export function settlementOf({ lines }: Desk, sequence?: number): Settlement {
  const found = settlementIn(lines, sequence);
  if (found._tag === 'Left') throw new Error(found.left.message);
  return found.right;
}

export function exportInput(desk: Desk): ExportInput {
  const settlement = settlementOf(desk);
  return { settlement, tree: signedLines(desk) };
}
