/**
 * Rules: what follows from the books without anybody asking. A *reaction* answers a fact just
 * recorded; a *timer* says when it is due and what happens then. Both are pure, so live authority,
 * simulator and auditor derive the same facts.
 */
import type { Fact, FactOf, FactType, LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';

export interface Context {
  /** The authority's clock, ms since the epoch; never behind the ledger's. */
  readonly nowMs: number;
  /** Tree root right after an entry whose declaration has `marksRoot`. 32 bytes. */
  readonly rootAfter: (sequence: number) => Uint8Array;
}

export interface Timer {
  /** Due at this time or later; 0 means at once. */
  readonly dueMs: number;
  /** Never empty: a timer that is due has something to say. */
  readonly fire: (context: Context) => Fact[];
}

export type Reaction<E extends LedgerEvent = LedgerEvent> = (
  books: Books,
  event: E,
  context: Context,
) => Fact[];

/** Keeps the pairing of type and data that the union of facts demands. */
export const fact = <T extends FactType>(type: T, data: FactOf<T>['data']): Fact =>
  ({ type, data }) as unknown as Fact;
