/** The reward book: double-entry balances by unit and account, periods and their payouts. */
import type { EventOfFamily } from '../events/catalogue.ts';
import type { Books } from './books.ts';
import { assignmentOf, must, windowKey } from './books.ts';
import { foldPayout } from './payouts.ts';

type InParts = 'daybook.period.closing.v1' | 'daybook.settlement.published.v2';
type RewardEvent = Exclude<
  EventOfFamily<'period' | 'journal' | 'settlement'>,
  { readonly type: InParts }
>;

export function foldReward(
  books: Books,
  event: EventOfFamily<'period' | 'journal' | 'settlement'>,
): void {
  if (
    event.type === 'daybook.period.closing.v1' ||
    event.type === 'daybook.settlement.published.v2'
  )
    foldPayout(books, event);
  else foldAtOnce(books, event);
}

function foldAtOnce(books: Books, event: RewardEvent): void {
  const { rewards } = books;
  if (event.type === 'daybook.journal.posted.v1') {
    for (const transfer of event.data.transfers) {
      if (rewards.transfers[transfer.id] !== undefined)
        throw new Error(`invariant: transfer ${transfer.id} posted twice`);
      rewards.transfers[transfer.id] = event.sequence;
      const debit = (rewards.balances[`${transfer.unit}:${transfer.debit}`] ??= zero());
      const credit = (rewards.balances[`${transfer.unit}:${transfer.credit}`] ??= zero());
      debit.debits = add(debit.debits, transfer.amount);
      credit.credits = add(credit.credits, transfer.amount);
      noteTaken(books, transfer.id, transfer.amount);
    }
    return;
  }
  const key = windowKey(event.data.run, event.data.period);
  const run = must(books.runs[event.data.run], `run ${event.data.run}`);
  switch (event.type) {
    case 'daybook.period.opened.v1':
      run.openPeriod = event.data.period;
      run.periods = event.data.period + 1;
      rewards.periods[key] = {
        run: event.data.run,
        period: event.data.period,
        fromWindow: event.data.fromWindow,
        pool: event.data.pool,
        throughWindow: null,
        state: 'open',
        paid: '0',
        remainder: event.data.pool,
        payouts: [],
        settlementRoot: null,
      };
      return;
    case 'daybook.period.closed.v1': {
      const period = must(rewards.periods[key], `period ${key}`);
      run.openPeriod = null;
      period.state = 'closed';
      period.throughWindow = event.data.throughWindow;
      period.paid = event.data.paid;
      period.remainder = event.data.remainder;
      return;
    }
    case 'daybook.settlement.published.v1': {
      const period = must(rewards.periods[key], `period ${key}`);
      period.state = 'settled';
      period.payouts = event.data.payouts.map((payout) => ({ ...payout }));
      period.settlementRoot = event.data.root;
      return;
    }
    default:
      event satisfies never;
  }
}

/** What a rejection takes is given back when it is overturned: the id ends in the assignment's. */
function noteTaken(books: Books, id: string, amount: string): void {
  if (books.policy?.dispute === undefined) return;
  const found = /^(penalty|forfeit\/work|forfeit\/audit)\/(.+)$/.exec(id);
  if (found === null) return;
  // What was taken from payouts that were not vested names them after the assignment.
  const [assignment = ''] = must(found[2], 'assignment').split('/vested/');
  const rejected = assignmentOf(books, assignment)?.rejected;
  if (rejected !== undefined) rejected.taken[id] = amount;
}

const zero = (): { debits: string; credits: string } => ({ debits: '0', credits: '0' });
/** Most sums are small, and exact in a double: a tenth of what a BigInt costs. */
const DIGITS_EXACT = 15;
const add = (a: string, b: string): string =>
  a.length <= DIGITS_EXACT && b.length <= DIGITS_EXACT
    ? String(Number(a) + Number(b))
    : (BigInt(a) + BigInt(b)).toString();
