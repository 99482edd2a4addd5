/**
 * What periods paid: to whom, for which credits, what of it still vests, which payouts are being
 * posted, and what was corrected. Payouts are read from the statements, whose lines are the journals,
 * so they are the same however a period was settled.
 */
import { balanceOf, vestingOf } from '../../projections/balances.ts';
import type { Books, PeriodBook } from '../../projections/books.ts';
import { windowKey } from '../../projections/books.ts';
import type { PageOf, Span } from './page-of.ts';
import { pageOf } from './page-of.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';
import type { Statements } from './statements.ts';

export interface PeriodRow extends Omit<PeriodBook, 'payouts'> {
  /** Listed in the period itself; null where they were listed in parts. */
  readonly payouts: number | null;
}

export interface PayoutRow extends Party {
  /** Of the journal that posted it. */
  readonly sequence: number;
  /** Credits settled for it. */
  readonly work: string;
  readonly audit: string;
  /** Micro-units. */
  readonly paid: string;
}

export interface RingView {
  readonly run: string;
  readonly size: number;
  readonly turnMs: number;
  readonly turnedMs: number;
  readonly buckets: readonly {
    readonly bucket: number;
    readonly period: number | null;
    readonly participants: number;
    /** Micro-units that are not claimable yet. */
    readonly held: string;
  }[];
}

export interface ClosingView {
  readonly run: string;
  readonly period: number;
  readonly cause: string;
  readonly sequence: number;
  readonly pool: string;
  readonly paid: string;
  readonly posted: number;
  readonly due: number;
  readonly parts: number;
}

export interface CorrectionView {
  readonly correction: string;
  readonly sequence: number;
  readonly participant: Party;
  readonly original: string;
  readonly effect: 'give' | 'take';
  readonly amount: string;
}

/** The newest first. */
export function periodsPage(books: Books, run: string | null, span: Span): PageOf<PeriodRow> {
  const periods = Object.values(books.rewards.periods)
    .filter((period) => run === null || period.run === run)
    .toReversed()
    .sort((a, b) => (a.run === b.run ? b.period - a.period : 0));
  return pageOf(periods, span, ({ payouts, ...period }) => ({
    ...period,
    payouts: period.parts === undefined ? payouts.length : null,
  }));
}

export interface PayoutsQuestion extends Span {
  readonly run: string;
  readonly period: number;
}

/** By what they were paid, the most first. */
export function payoutsPage(
  books: Books,
  statements: Statements,
  { run, period, ...span }: PayoutsQuestion,
): PageOf<PayoutRow> {
  const rows: Omit<PayoutRow, 'name'>[] = [];
  for (const [participant, lines] of statements) {
    const ending = `/${run}/${period}/${participant}`;
    const amounts = new Map<string, string>();
    let sequence = -1;
    for (const line of lines) {
      if (!line.transfer.endsWith(ending)) continue;
      const kind = line.transfer.slice(0, -ending.length);
      if (!PAYING.has(kind)) continue;
      amounts.set(kind, line.amount.replace('-', ''));
      sequence = Math.max(sequence, line.sequence);
    }
    if (sequence < 0) continue;
    const of = (kind: string): string => amounts.get(kind) ?? '0';
    const [work, audit] = [of('settled/work'), of('settled/audit')];
    rows.push({ participant, sequence, work, audit, paid: of('payout') });
  }
  rows.sort((a, b) => {
    const [less, more] = [BigInt(a.paid), BigInt(b.paid)];
    return less === more ? (a.participant < b.participant ? -1 : 1) : more > less ? 1 : -1;
  });
  return pageOf(rows, span, (row) => ({ ...row, ...partyOf(books, row.participant) }));
}

const PAYING = new Set(['payout', 'settled/work', 'settled/audit']);

export function ringViews(books: Books): RingView[] {
  return Object.entries(books.rings ?? {}).map(([run, { size, turnMs, turnedMs, buckets }]) => ({
    run,
    size,
    turnMs,
    turnedMs,
    buckets: buckets.map((content, bucket) => {
      const held = Object.keys(books.members)
        .map((who) => balanceOf(books, 'micro', vestingOf(run, who, bucket)))
        .filter((amount) => amount > 0n);
      return {
        bucket,
        period: content?.period ?? null,
        participants: held.length,
        held: held.reduce((sum, amount) => sum + amount, 0n).toString(),
      };
    }),
  }));
}

export const closingViews = (books: Books): ClosingView[] =>
  Object.values(books.closings ?? {}).map((closing) => ({
    run: closing.run,
    period: closing.period,
    cause: closing.cause,
    sequence: closing.sequence,
    pool: closing.pool,
    paid: closing.paid,
    posted: closing.posted,
    due: closing.due.length,
    parts: closing.parts,
  }));

export const correctionViews = (books: Books): CorrectionView[] =>
  Object.entries(books.corrections ?? {})
    .map(([correction, { sequence, participant, original, effect, amount }]) => ({
      correction,
      sequence,
      participant: partyOf(books, participant),
      original,
      effect,
      amount,
    }))
    .sort((a, b) => b.sequence - a.sequence);

export const hasPeriod = (books: Books, run: string, period: number): boolean =>
  books.rewards.periods[windowKey(run, period)] !== undefined;
