/**
 * What a participant can show for what it was paid: its leaf, and the path from there to the root that
 * a settlement published. The root is what the ledger's entry says, so that whoever has that entry, or
 * a head over it, needs nobody's word.
 */
import { payoutRoot } from '../../commands/rules/money/rewards.ts';
import {
  cumulativePayouts,
  cumulativeRoot,
  payoutLeaf,
} from '../../commands/rules/money/settlement.ts';
import { canonicalJson } from '../../events/canonical-json.ts';
import type { EventOf } from '../../events/catalogue.ts';
import type { Hash } from '../../events/merkle.ts';
import { leafHash } from '../../events/merkle.ts';
import { inclusionProof, subtreesOf } from '../../events/proofs.ts';
import type { Books } from '../../projections/books.ts';

export interface ClaimView {
  readonly format: 'daybook.local/payout-claim@v1';
  readonly participant: string;
  /** Of the entry that published the root. */
  readonly sequence: number;
  readonly run: string;
  readonly period: number;
  /** Whose canonical JSON is the leaf. */
  readonly leaf: Readonly<Record<string, string>>;
  readonly index: number;
  readonly participants: number;
  /** Hex, from the leaf's sibling up. */
  readonly path: readonly string[];
  /** Hex. */
  readonly root: string;
}

export type Settled =
  EventOf<'daybook.settlement.published.v1'> | EventOf<'daybook.settlement.published.v2'>;

/**
 * @param books right after the settlement; only asked for where the payouts are cumulative
 * @returns null when the participant has no leaf under it
 */
export function claimView(settled: Settled, books: Books, participant: string): ClaimView | null {
  const leaves =
    settled.type === 'daybook.settlement.published.v1'
      ? settled.data.payouts.map((payout) => ({
          leaf: { ...payout } as Record<string, string>,
          hash: leafHash(Buffer.from(canonicalJson({ ...payout }), 'utf8')),
        }))
      : cumulativePayouts(books).map((payout) => ({
          leaf: { ...payout } as Record<string, string>,
          hash: payoutLeaf(payout),
        }));
  const { run, period, root } = settled.data;
  const index = leaves.findIndex(({ leaf }) => leaf['participant'] === participant);
  const own = leaves[index];
  if (own === undefined || rootOf(settled, books) !== root) return null;
  const hashes: readonly Hash[] = leaves.map(({ hash }) => hash);
  const path = inclusionProof(index, hashes.length, subtreesOf(hashes));
  return {
    format: 'daybook.local/payout-claim@v1',
    participant,
    sequence: settled.sequence,
    run,
    period,
    leaf: own.leaf,
    index,
    participants: hashes.length,
    path: path.map((hash) => Buffer.from(hash).toString('hex')),
    root,
  };
}

const rootOf = (settled: Settled, books: Books): string =>
  settled.type === 'daybook.settlement.published.v1'
    ? payoutRoot(settled.data.payouts)
    : cumulativeRoot(cumulativePayouts(books));
