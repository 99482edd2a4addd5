/** Facts about money: journals of double-entry transfers, periods, settlement. */
import {
  actorId,
  amount,
  hex32,
  integer,
  list,
  object,
  oneOf,
  reasonCode,
  sequence,
  slug,
  text,
  windowIndex,
} from '../codecs.ts';
import { declareFact } from './declare.ts';

/** Path-like account name, see accounts.ts. */
export const account = text('account', /^[a-z][a-z-]*(\/[A-Za-z0-9][A-Za-z0-9-]{0,63}){0,3}$/);
export const unit = oneOf('micro', 'work', 'audit');
export const periodNumber = integer(0, 1_000_000);
export const transferId = text('transfer id', /^[A-Za-z0-9][A-Za-z0-9/:._-]{0,199}$/);
const ofPeriod = (data: { run: string; period: number }): string =>
  `run/${data.run}/period/${data.period}`;

export const transfer = object({
  /** Unique for ever; same id + other content is a conflict. */
  id: transferId,
  unit,
  debit: account,
  credit: account,
  amount,
  reason: reasonCode,
  /** Sequences of the facts that this transfer rests on. */
  because: list(sequence, 128),
});

export const journalPosted = declareFact({
  type: 'daybook.journal.posted.v1',
  author: 'authority',
  doc: 'Transfers posted together: each moves an amount from the debited to the credited account.',
  subject: (data) => `journal/${data.journal}`,
  data: object({
    journal: text('journal id', /^[A-Za-z0-9][A-Za-z0-9/:._-]{0,199}$/),
    transfers: list(transfer, 1024, 1),
  }),
});

export const periodOpened = declareFact({
  type: 'daybook.period.opened.v1',
  author: 'authority',
  doc: 'A reward period begins with its pool; the journal that follows funds it.',
  subject: ofPeriod,
  data: object({ run: slug, period: periodNumber, fromWindow: windowIndex, pool: amount }),
});

export const periodClosed = declareFact({
  type: 'daybook.period.closed.v1',
  author: 'authority',
  doc: 'The period is closed once and for all; payouts and remainder sum to the pool.',
  subject: ofPeriod,
  data: object({
    run: slug,
    period: periodNumber,
    throughWindow: windowIndex,
    pool: amount,
    paid: amount,
    remainder: amount,
  }),
});

export const settlementPublished = declareFact({
  type: 'daybook.settlement.published.v1',
  author: 'authority',
  doc: 'What each participant is paid for the period, under a Merkle root over the payout lines.',
  subject: ofPeriod,
  data: object({
    run: slug,
    period: periodNumber,
    payouts: list(
      object({ participant: actorId, work: amount, audit: amount, total: amount }),
      100_000,
    ),
    /** RFC 6962 root over the canonical JSON of each payout, in order. */
    root: hex32,
  }),
});
