/** A reward period: its pool, what was paid to whom, and the root that commits to the payouts. */
import type { Books, PeriodBook } from '../../projections/books.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

/** Amounts are decimal strings of micro-units; paid + remainder = pool once it is closed. */
export interface PeriodView {
  readonly run: string;
  readonly period: number;
  readonly state: PeriodBook['state'];
  readonly fromWindow: number;
  readonly throughWindow: number | null;
  readonly pool: string;
  readonly paid: string;
  readonly remainder: string;
  readonly settlementRoot: string | null;
  readonly payouts: readonly (Party & { work: string; audit: string; total: string })[];
}

export function periodView(books: Books, book: PeriodBook): PeriodView {
  const { run, period, state, fromWindow, throughWindow, pool, paid, remainder } = book;
  return {
    run,
    period,
    state,
    fromWindow,
    throughWindow,
    pool,
    paid,
    remainder,
    settlementRoot: book.settlementRoot,
    payouts: book.payouts.map(({ participant, work, audit, total }) => ({
      ...partyOf(books, participant),
      work,
      audit,
      total,
    })),
  };
}
