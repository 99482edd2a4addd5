/**
 * Where a participant stands in an open network: its key, what it has at stake, its stage of admission
 * and its rating, what was found against it. Members of a ledger without these have nulls.
 */
import { balanceOf } from '../../projections/balances.ts';
import type { Books } from '../../projections/books.ts';
import { escrowOf } from '../../commands/rules/money/accounts.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

export interface StandingView {
  /** The key in force; null where identities are not registered. */
  readonly key: string | null;
  readonly rotations: number;
  /** Entry that put it out. */
  readonly revoked: number | null;
  /** Whom it belongs together with, by the oldest of them. */
  readonly cluster: Party | null;
  /** Micro-units in escrow, and what of it the participant brought itself. */
  readonly stake: string;
  readonly brought: string | null;
  readonly unlocking: string;
  readonly stage: string | null;
  /** Millionths, of the rating's mean and deviation. */
  readonly rating: { readonly muMicro: number; readonly sigmaMicro: number } | null;
  readonly offences: number;
}

export function standingView(books: Books, participant: string): StandingView {
  const identity = books.identity?.identities[participant];
  const cluster = books.identity?.clusters[participant];
  const member = books.members[participant];
  const unlocking = books.stakes?.unlocking[participant] ?? [];
  return {
    key: identity?.key ?? null,
    rotations: identity?.rotations ?? 0,
    revoked: identity?.revoked ?? null,
    cluster: cluster === undefined ? null : partyOf(books, cluster),
    stake: balanceOf(books, 'micro', escrowOf(participant)).toString(),
    brought: books.stakes?.own[participant]?.brought ?? null,
    unlocking: unlocking.reduce((sum, { amount }) => sum + BigInt(amount), 0n).toString(),
    stage: member?.stage?.stage ?? null,
    rating: member?.rating ?? null,
    offences: books.offences?.[participant]?.length ?? 0,
  };
}
