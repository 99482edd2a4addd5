/** The latest entries, newest last: what happened, to what, by whom. */
import type { LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import { partyOf } from './party.ts';

export interface FeedLine {
  readonly sequence: number;
  readonly time: string;
  readonly type: string;
  readonly subject: string;
  /** The subject with names in place of keys. */
  readonly about: string;
  readonly actor: string;
  /** `authority`, `operator`, or the name of the participant. */
  readonly actorName: string;
  readonly signed: boolean;
}

export const FEED_LINES_MAX = 40;

export function feedLine(books: Books, event: LedgerEvent): FeedLine {
  return {
    sequence: event.sequence,
    time: event.time,
    type: event.type,
    subject: event.subject,
    about: event.subject.replace(/U[A-Z2-7]{55}/g, (key) => partyOf(books, key).name),
    actor: event.actor,
    actorName: actorName(books, event.actor),
    signed: event.sig !== undefined,
  };
}

function actorName(books: Books, actor: string): string {
  if (actor === books.ledger.authority) return 'authority';
  if (actor === books.ledger.operator) return 'operator';
  return partyOf(books, actor).name;
}
