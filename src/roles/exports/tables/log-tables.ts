/** Tables that are read off the entries: the log itself, transfers, payouts, verdicts, scores. */
import type { EventOf, LedgerEvent } from '../../../events/catalogue.ts';
import { msOfTime } from '../../../events/entry.ts';
import { assignmentOf } from '../../../projections/books.ts';
import type { History } from '../history.ts';
import { defineTable } from './table.ts';

function* ofType<const T extends LedgerEvent['type']>(
  { events }: History,
  ...types: readonly T[]
): Iterable<EventOf<T>> {
  for (const event of events)
    if ((types as readonly string[]).includes(event.type)) yield event as EventOf<T>;
}

export const entriesTable = defineTable(
  'entries',
  'every entry of the ledger',
  ({ events }) => events,
  ({ text, integer, time, json }) => [
    integer('sequence', 'place in the log, from 0', ({ sequence }) => sequence),
    time('time', 'when the authority recorded it', (event) => msOfTime(event.time)),
    text('type', 'type of the event', ({ type }) => type),
    text('subject', 'what it is about', ({ subject }) => subject),
    text('actor', 'public key of its author', ({ actor }) => actor),
    text('command', 'id of the command that led to it', ({ commandid }) => commandid),
    text(
      'cause',
      'id of the entry it follows from; null: a party asserted it',
      (event) => event.causationid ?? null,
    ),
    text(
      'sig',
      "base64 of the author's signature; null: it follows by rule",
      (event) => event.sig ?? null,
    ),
    json('data', 'members of the event', ({ data }) => data),
  ],
);

interface Posting {
  readonly event: EventOf<'daybook.journal.posted.v1'>;
  readonly transfer: EventOf<'daybook.journal.posted.v1'>['data']['transfers'][number];
}

export const postingsTable = defineTable(
  'postings',
  'every transfer between accounts',
  function* (history: History): Iterable<Posting> {
    for (const event of ofType(history, 'daybook.journal.posted.v1'))
      for (const transfer of event.data.transfers) yield { event, transfer };
  },
  ({ text, integer, amount, time, json }) => [
    text('transfer', 'id, unique for ever', ({ transfer }) => transfer.id),
    text('journal', 'journal that posted it', ({ event }) => event.data.journal),
    integer('sequence', 'entry of the journal', ({ event }) => event.sequence),
    time('time', 'when it was posted', ({ event }) => msOfTime(event.time)),
    text('unit', '`micro` (money), `work` or `audit` (credits)', ({ transfer }) => transfer.unit),
    text('debit', 'account that gives', ({ transfer }) => transfer.debit),
    text('credit', 'account that gets', ({ transfer }) => transfer.credit),
    amount('amount', 'in whole units; money in millionths', ({ transfer }) => transfer.amount),
    text('reason', 'reason code', ({ transfer }) => transfer.reason),
    json('because', 'sequences of the facts it rests on', ({ transfer }) => transfer.because),
  ],
);

interface Payout {
  readonly event: { readonly sequence: number; readonly time: string };
  readonly run: string;
  readonly period: number;
  readonly cause: string;
  readonly line: {
    readonly participant: string;
    readonly work: string;
    readonly audit: string;
    readonly total: string;
    readonly vested?: string;
  };
}

export const payoutsTable = defineTable(
  'payouts',
  'what each participant was listed with, by settlement',
  function* (history: History): Iterable<Payout> {
    for (const event of ofType(
      history,
      'daybook.settlement.published.v1',
      'daybook.payout.listed.v1',
    )) {
      const { run, period } = event.data;
      const isListed = event.type === 'daybook.payout.listed.v1';
      const cause = isListed ? event.data.cause : 'closed';
      const lines = isListed ? event.data.lines : event.data.payouts;
      for (const line of lines) yield { event, run, period, cause, line };
    }
  },
  ({ text, integer, amount, time }) => [
    text('run', 'name of the run', ({ run }) => run),
    integer('period', 'reward period of the run', ({ period }) => period),
    text('cause', 'why it was listed', ({ cause }) => cause),
    text('participant', 'public key', ({ line }) => line.participant),
    amount('work_credits', 'credits for accepted work', ({ line }) => line.work),
    amount('audit_credits', 'credits for verdicts', ({ line }) => line.audit),
    amount('total_micro', 'its part of the pool, in millionths', ({ line }) => line.total),
    amount(
      'vested_micro',
      'what becomes claimable with it; null: all at once',
      ({ line }) => line.vested ?? null,
    ),
    integer('sequence', 'entry that lists it', ({ event }) => event.sequence),
    time('time', 'of that entry', ({ event }) => msOfTime(event.time)),
  ],
);

export const verdictsTable = defineTable(
  'verdicts',
  'every verdict of a validator on a contribution',
  (history) => ofType(history, 'daybook.verdict.recorded.v1'),
  ({ text, integer, time, json }) => [
    text('assignment', '<run>/<window>/<slot>/<attempt>', (v) => v.data.assignment),
    text('validator', 'public key', ({ actor }) => actor),
    integer('sequence', 'entry of the verdict', ({ sequence }) => sequence),
    time('time', 'of that entry', (event) => msOfTime(event.time)),
    text('disposition', 'what it says', ({ data }) => data.disposition),
    json('reasons', 'reason codes', ({ data }) => data.reasons),
    text('observed', 'digest of the bytes it found; null: none', ({ data }) => data.observed),
    text(
      'recomputed',
      'digest of what it computed; null: it could not',
      ({ data }) => data.recomputed?.digest ?? null,
    ),
    integer(
      'first_divergence',
      'first state root that differs; null: none',
      ({ data }) => data.firstDivergence,
    ),
  ],
);

interface Score {
  readonly event: EventOf<'daybook.scores.revealed.v1'>;
  readonly assignment: string;
  readonly participant: string | null;
  readonly gainBps: number;
  readonly gapBps: number;
}

export const scoresTable = defineTable(
  'scores',
  'what validators scored accepted contributions with, where the policy has terms for it',
  function* (history: History): Iterable<Score> {
    const asked = new Map<string, readonly string[]>();
    for (const event of ofType(
      history,
      'daybook.scores.requested.v1',
      'daybook.scores.revealed.v1',
    )) {
      const window = `${event.data.run}/${event.data.window}`;
      if (event.type === 'daybook.scores.requested.v1') {
        asked.set(window, event.data.contributions);
        continue;
      }
      // Scores stand in the order of the request.
      for (const [at, score] of event.data.scores.entries()) {
        const assignment = asked.get(window)?.[at] as string;
        const participant = assignmentOf(history.books, assignment)?.participant ?? null;
        yield { event, assignment, participant, ...score };
      }
    }
  },
  ({ text, integer }) => [
    text('run', 'name of the run', ({ event }) => event.data.run),
    integer('window', 'window of the run', ({ event }) => event.data.window),
    text('assignment', 'the contribution', ({ assignment }) => assignment),
    text('participant', 'who made it', ({ participant }) => participant),
    text('validator', 'who scored it', ({ event }) => event.actor),
    integer('gain_bps', 'loss gained, in basis points', ({ gainBps }) => gainBps),
    integer('gap_bps', 'gain on its own pages less that on random ones', ({ gapBps }) => gapBps),
    integer('sequence', 'entry that shows the scores', ({ event }) => event.sequence),
  ],
);
