/** The payout books: closes in parts, vesting rings, addresses, corrections. */
import assert from 'node:assert';
import { LINES_PER_PART } from '../events/catalogue/payout.ts';
import type { EventOf, EventOfFamily } from '../events/catalogue.ts';
import { balanceOf, earnedBy, vestingOf } from './balances.ts';
import type { Books } from './books.ts';
import { byName, must, windowKey } from './books.ts';
import type { ClosingBook, DueLine, PayoutCause, RingBook } from './payout-book.ts';

type PayoutEvent =
  | EventOfFamily<'payout' | 'correction'>
  | EventOf<'daybook.period.closing.v1' | 'daybook.settlement.published.v2'>;

export function foldPayout(books: Books, event: PayoutEvent): void {
  switch (event.type) {
    case 'daybook.period.closing.v1':
      beginClose(books, event);
      return;
    case 'daybook.payout.releasing.v1':
      beginRelease(books, event);
      return;
    case 'daybook.payout.listed.v1': {
      const closing = must(books.closings?.[event.data.run], 'closing');
      closing.posted += event.data.lines.length;
      closing.parts += 1;
      closing.postedMs = books.ledger.clockMs;
      closing.paid = event.data.lines
        .reduce((sum, { total }) => sum + BigInt(total), BigInt(closing.paid))
        .toString();
      keepFew(books, event);
      return;
    }
    case 'daybook.settlement.published.v2':
      endClosing(books, event);
      return;
    case 'daybook.payout.addressed.v1':
      (books.addresses ??= byName())[event.data.participant] = event.data.address;
      return;
    case 'daybook.payout.claimed.v1':
      return;
    case 'daybook.correction.posted.v1': {
      const { correction, original, participant, effect, amount } = event.data;
      (books.corrections ??= byName())[correction] = {
        sequence: event.sequence,
        participant,
        original: original.transfer,
        effect,
        amount,
      };
      return;
    }
    default:
      event satisfies never;
  }
}

/** Payouts of a period stay in its book where they are few; of many, the log has the list. */
function keepFew(books: Books, event: EventOf<'daybook.payout.listed.v1'>): void {
  const { run, period, cause, part, lines } = event.data;
  if (cause !== 'closed' || must(books.closings?.[run], 'closing').due.length > LINES_PER_PART)
    return;
  assert(part === 0, 'few fit one part');
  must(books.rewards.periods[windowKey(run, period)], 'period').payouts = lines
    .filter(({ total }) => total !== '0')
    .map(({ participant, work, audit, total }) => ({ participant, work, audit, total }));
}

/** The ring that the close of a run's next period turns, as it is or would be made; null: none. */
export function ringFor(books: Books, run: string): RingBook | null {
  const ring = books.rings?.[run];
  if (ring !== undefined) return ring;
  const terms = books.policy?.vesting;
  if (terms === undefined) return null;
  const buckets = Array.from({ length: terms.periods }, () => null);
  return { size: terms.periods, turnMs: terms.turnMs, turnedMs: 0, buckets };
}

/**
 * Whose payouts a close or a release posts, by id: who holds credits of the run, or money in the
 * bucket that vests. O(members log members).
 */
export function dueOf(
  books: Books,
  run: string,
  cause: PayoutCause,
  vests: number | null,
): DueLine[] {
  const due: DueLine[] = [];
  for (const { participant } of Object.values(books.members)) {
    const credits = (unit: 'work' | 'audit'): bigint =>
      cause === 'closed' ? balanceOf(books, unit, earnedBy(run, participant)) : 0n;
    const [work, audit] = [credits('work'), credits('audit')];
    const held =
      vests === null ? 0n : balanceOf(books, 'micro', vestingOf(run, participant, vests));
    if (work > 0n || audit > 0n || held > 0n)
      due.push({ participant, work: work.toString(), audit: audit.toString() });
  }
  return due.sort((a, b) => (a.participant < b.participant ? -1 : 1));
}

function beginClose(books: Books, event: EventOf<'daybook.period.closing.v1'>): void {
  const { run, period, throughWindow, pool, work, audit, vesting, vests } = event.data;
  must(books.runs[run], `run ${run}`).openPeriod = null;
  const book = must(books.rewards.periods[windowKey(run, period)], 'period');
  book.state = 'closing';
  book.throughWindow = throughWindow;
  const bucket = vests === null ? null : vests % vesting;
  const { sequence } = event;
  begin(
    books,
    { run, period, sequence, cause: 'closed', throughWindow, pool, work, audit },
    bucket,
  );
  if (vesting === 0) return;
  const rings = (books.rings ??= byName());
  const ring = (rings[run] ??= must(ringFor(books, run), 'terms of vesting'));
  ring.buckets[period % vesting] = { period, sequence };
}

function beginRelease(books: Books, event: EventOf<'daybook.payout.releasing.v1'>): void {
  const { run, period } = event.data;
  const { sequence } = event;
  const bucket = period % must(books.rings?.[run], 'ring').size;
  const nothing = { throughWindow: 0, pool: '0', work: null, audit: null };
  begin(books, { run, period, sequence, cause: 'released', ...nothing }, bucket);
}

type Begun = Omit<ClosingBook, 'vests' | 'due' | 'posted' | 'parts' | 'postedMs' | 'paid'>;

function begin(books: Books, begun: Begun, vests: number | null): void {
  const due = dueOf(books, begun.run, begun.cause, vests);
  (books.closings ??= byName())[begun.run] = {
    ...begun,
    vests,
    due,
    posted: 0,
    parts: 0,
    postedMs: books.ledger.clockMs,
    paid: '0',
  };
}

function endClosing(books: Books, event: EventOf<'daybook.settlement.published.v2'>): void {
  const { run, period, cause, parts, root } = event.data;
  delete must(books.closings, 'closings')[run];
  const ring = books.rings?.[run];
  if (ring !== undefined) ring.turnedMs = books.ledger.clockMs;
  if (cause === 'closed') {
    const book = must(books.rewards.periods[windowKey(run, period)], 'period');
    book.state = 'settled';
    book.settlementRoot = root;
    book.parts = parts;
    return;
  }
  const rest = must(ring, 'ring');
  rest.buckets[period % rest.size] = null;
  if (rest.buckets.every((bucket) => bucket === null)) delete must(books.rings, 'rings')[run];
}
