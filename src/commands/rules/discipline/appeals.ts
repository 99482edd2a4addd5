/**
 * Appeals: a panel of validators without a part in the offence, drawn from the root after the filing,
 * looks again. A quorum of equal votes decides at once, those who voted when time is up; an offence
 * that nobody hears stands, and costs no bond.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Books } from '../../../projections/books.ts';
import { must, windowKey } from '../../../projections/books.ts';
import type { AppealBook } from '../../../projections/offence-book.ts';
import { clusterOf } from '../../../projections/identities.ts';
import { offenceOf } from '../../../projections/offences.ts';
import { appealSeed, shuffled } from '../../draws.ts';
import type { Transfer } from '../money/accounts.ts';
import { APPEALS, escrowOf, journals, PENALTIES } from '../money/accounts.ts';
import { decided, decidedByThose, votesFor } from './appeal-outcome.ts';
import { eligible } from '../windows/eligibility.ts';
import type { Context, Timer } from '../rule.ts';
import { fact } from '../rule.ts';
import { intoPenalties, undone } from './sanctions.ts';

/** What a transfer can name. */
const BECAUSE_MAX = 128;

export function beginAppeal(
  books: Books,
  { sequence, data }: EventOf<'daybook.appeal.filed.v1'>,
  context: Context,
): Fact[] {
  const appeal = must(books.appeals?.[data.offence], 'appeal');
  const { appellant, terms } = appeal;
  const bond: Transfer = {
    id: `appeal-bond/${data.offence}`,
    unit: 'micro',
    debit: escrowOf(appellant),
    credit: APPEALS,
    amount: terms.bond,
    reason: 'appeal_bond',
    because: [sequence],
  };
  return [...journals(`appeal-bond/${data.offence}`, [bond]), ...called(books, appeal, context)];
}

/** Nothing while there is nobody to call. */
function called(books: Books, appeal: AppealBook, { rootAfter }: Context): Fact[] {
  const { offence, sequence, terms } = appeal;
  const seed = appealSeed(rootAfter(sequence), offence);
  const panel = shuffled(seed, candidates(books, appeal)).slice(0, terms.panelSize);
  if (panel.length === 0) return [];
  return [
    fact('daybook.appeal.called.v1', { offence, seed: Buffer.from(seed).toString('hex'), panel }),
  ];
}

/** Live validators of a run, not in quarantine in a window; members are many, so a pass asks once. */
type Validators = (run: string, window: number) => readonly ActorId[];

function validatorsOf(books: Books): Validators {
  const known = new Map<string, readonly ActorId[]>();
  return (run, window) => {
    const key = windowKey(run, window);
    const found = known.get(key) ?? eligible(books, 'validator', run, window);
    known.set(key, found);
    return found;
  };
}

/** Those who had no part in the offence, nor share a cluster with one who had. */
function candidates(
  books: Books,
  { offence, appellant }: AppealBook,
  validators = validatorsOf(books),
): ActorId[] {
  const { run, window, parties } = offenceOf(books, { offence, participant: appellant });
  // Under registry terms not only they: nobody hears his own.
  const ownerOf = (actor: ActorId): ActorId =>
    books.policy?.registry === undefined ? actor : clusterOf(books, actor);
  const without = new Set(parties.map(ownerOf));
  const runs = run === null ? Object.keys(books.runs) : [run];
  const [first = [], ...others] = runs.map((name) => validators(name, (window ?? 0) + 1));
  return first.filter(
    (actor) => !without.has(ownerOf(actor)) && others.every((some) => some.includes(actor)),
  );
}

export function decideOnVote(books: Books, { data }: EventOf<'daybook.appeal.voted.v1'>): Fact[] {
  const appeal = must(books.appeals?.[data.offence], 'appeal');
  const { quorum } = appeal.terms;
  if (votesFor(appeal, 'overturn') >= quorum) return [decided(appeal, 'overturned', 'quorum')];
  if (votesFor(appeal, 'uphold') >= quorum) return [decided(appeal, 'upheld', 'quorum')];
  return appeal.votes.length === appeal.panel.length ? [decidedByThose(appeal)] : [];
}

export function* appealTimers(books: Books): Iterable<Timer> {
  const validators = validatorsOf(books);
  for (const appeal of Object.values(books.appeals ?? {})) {
    if (appeal.panel.length === 0 && candidates(books, appeal, validators).length > 0)
      yield { dueMs: 0, fire: (context) => called(books, appeal, context) };
    yield { dueMs: appeal.filedMs + appeal.terms.panelMs, fire: () => [decidedByThose(appeal)] };
  }
}

export function settleAppeal(
  books: Books,
  { sequence, data }: EventOf<'daybook.appeal.decided.v1'>,
): Fact[] {
  const { offence, participant, bond, bondReturned } = data;
  const because = [sequence, ...data.votes].slice(0, BECAUSE_MAX);
  const closed: Transfer = {
    id: `appeal-closed/${offence}`,
    unit: 'micro',
    debit: APPEALS,
    credit: bondReturned ? escrowOf(participant) : PENALTIES,
    amount: bond,
    reason: `appeal_${data.outcome}`,
    because,
  };
  if (data.outcome === 'overturned') return undone(books, data, because, [closed]);
  const record = offenceOf(books, { offence, participant });
  const lost = intoPenalties(record, because, 'appeal_upheld');
  return journals(`appeal/${offence}`, [closed, ...lost]);
}
