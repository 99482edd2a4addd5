/**
 * What a participant has at stake: its escrow and its payouts that have not vested. Whoever takes from
 * it takes from the escrow first, then from unvested payouts, the newest first, as far as they reach.
 * What is claimable is its own.
 */
import type { Assignment, Books } from '../../../projections/books.ts';
import { balanceOf } from '../../../projections/balances.ts';
import type { Transfer } from './accounts.ts';
import { escrowOf, PENALTIES, vestingOf, walletOf } from './accounts.ts';

interface Holding {
  readonly run: string;
  readonly period: number;
  readonly account: string;
  readonly amount: bigint;
}

/** Unvested payouts of a participant over all runs, the newest first. O(buckets of live rings). */
function holdingsOf(books: Books, participant: string): Holding[] {
  return Object.entries(books.rings ?? {})
    .flatMap(([run, { buckets }]) =>
      buckets.flatMap((bucket, index) => {
        if (bucket === null) return [];
        const account = vestingOf(run, participant, index);
        const amount = balanceOf(books, 'micro', account);
        return amount > 0n ? [{ run, ...bucket, account, amount }] : [];
      }),
    )
    .sort((a, b) => b.sequence - a.sequence);
}

/** Micro-units that have been paid to the participant and are not claimable yet. */
export const unvestedOf = (books: Books, participant: string): bigint =>
  holdingsOf(books, participant).reduce((sum, { amount }) => sum + amount, 0n);

/** All that is at stake, by account, in that order. */
export const atStake = (
  books: Books,
  participant: string,
): { readonly account: string; readonly amount: bigint }[] => {
  const escrow = escrowOf(participant);
  const own = { account: escrow, amount: balanceOf(books, 'micro', escrow) };
  return [own, ...holdingsOf(books, participant)];
};

/**
 * Where what was taken from an account goes back: there, as if it had never been gone. A payout that
 * would be claimable by now is: its bucket vested since, holds a later period, or the run is over.
 * @param taken sequence of the entry that took it
 */
export function backTo(books: Books, participant: string, account: string, taken: number): string {
  const [kind, run = '', , bucket = ''] = account.split('/');
  if (kind !== 'vesting') return account;
  const held = books.rings?.[run]?.buckets[Number(bucket)] ?? null;
  const waits = held !== null && held.sequence < taken && books.closings?.[run] === undefined;
  return waits ? account : walletOf(participant);
}

/** Why something is taken and where it goes. */
export interface Taking {
  /** Id of the transfer from the escrow; those from unvested payouts add `/vested/<run>/<period>`. */
  readonly id: string;
  /** Account that is credited. */
  readonly into: string;
  readonly reason: string;
  readonly because: readonly number[];
}

/**
 * Transfers that take this much, as far as it reaches; those of nothing are for `journals` to leave
 * out. Other transfers of the same decision from the same accounts have to be posted before.
 */
export function takeFrom(
  books: Books,
  participant: string,
  amount: bigint,
  taking: Taking,
): Transfer[] {
  const escrow = balanceOf(books, 'micro', escrowOf(participant));
  const first = least(amount, escrow);
  const { id, into, reason, because } = taking;
  const unit = 'micro';
  return [
    {
      id,
      unit,
      debit: escrowOf(participant),
      credit: into,
      amount: first.toString(),
      reason,
      because,
    },
    ...takeUnvested(books, participant, amount - first, taking),
  ];
}

/** The same from unvested payouts alone. */
export function takeUnvested(
  books: Books,
  participant: string,
  amount: bigint,
  { id, into, reason, because }: Taking,
): Transfer[] {
  let left = amount;
  const transfers: Transfer[] = [];
  for (const { run, period, account, amount: held } of holdingsOf(books, participant)) {
    if (left === 0n) break;
    const taken = least(left, held);
    left -= taken;
    transfers.push({
      id: `${id}/vested/${run}/${period}`,
      unit: 'micro',
      debit: account,
      credit: into,
      amount: taken.toString(),
      reason,
      because,
    });
  }
  return transfers;
}

/** What a rejection that was overturned took from unvested payouts: back, or claimable if they are by now. */
export function vestingGivenBack(
  books: Books,
  { assignment, participant, rejected }: Assignment,
  because: readonly number[],
): Transfer[] {
  const prefix = `penalty/${assignment}/vested/`;
  return Object.entries(rejected?.taken ?? {}).flatMap(([id, amount]) => {
    if (!id.startsWith(prefix)) return [];
    const [run = '', period = ''] = id.slice(prefix.length).split('/');
    return [
      {
        id: `refund/${assignment}/vested/${run}/${period}`,
        unit: 'micro' as const,
        debit: PENALTIES,
        credit: bucketOf(books, run, Number(period), participant) ?? walletOf(participant),
        amount,
        reason: 'overturned_rejection',
        because,
      },
    ];
  });
}

/** The account where payouts of a period wait; null when they have vested, or are about to. */
function bucketOf(books: Books, run: string, period: number, participant: string): string | null {
  const ring = books.rings?.[run];
  if (ring === undefined || books.closings?.[run] !== undefined) return null;
  const bucket = period % ring.size;
  return ring.buckets[bucket]?.period === period ? vestingOf(run, participant, bucket) : null;
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
