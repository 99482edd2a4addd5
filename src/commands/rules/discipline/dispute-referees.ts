/**
 * Referees: drawn from the root after the referral among live validators who had no part in the
 * resolution. Equal findings up to the quorum decide; a referee who is silent, gone or disagrees
 * brings in the next. Without anybody to call, the dispute waits, and then ends undecided.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Books } from '../../../projections/books.ts';
import { must } from '../../../projections/books.ts';
import type { DisputeBook, DisputeFinding } from '../../../projections/dispute-book.ts';
import { refereeSeed, shuffled } from '../../draws.ts';
import { refereesLeft } from './dispute-parties.ts';
import type { Case } from './disputes.ts';
import { caseOf, faceNext, resolved, termsOf } from './disputes.ts';
import { isAlive } from '../windows/eligibility.ts';
import type { Context, Timer } from '../rule.ts';
import { fact } from '../rule.ts';

/** Times of an answer that a dispute waits for a referee to come. */
const WAITS = 4;
/** Called for one referral. */
const REFEREES_MAX = 64;

export function callPanel(
  books: Books,
  event: EventOf<'daybook.dispute.referred.v1'>,
  context: Context,
): Fact[] {
  return called(books, caseOf(books, event.data.assignment), 'referred', context);
}

function called(
  books: Books,
  { dispute, assignment }: Case,
  reason: string,
  context: Context,
): Fact[] {
  const referred = must(dispute.referred, 'referral');
  const seed = refereeSeed(
    context.rootAfter(referred.sequence),
    dispute.assignment,
    referred.round,
  );
  const wanted = dispute.referees.length === 0 ? termsOf(books).panelSize : 1;
  const referees = shuffled(seed, refereesLeft(books, assignment, dispute)).slice(0, wanted);
  if (referees.length === 0) return [];
  return [
    fact('daybook.dispute.called.v1', {
      assignment: dispute.assignment,
      seed: Buffer.from(seed).toString('hex'),
      referees,
      reason,
    }),
  ];
}

/** Of a dispute that is referred. */
export function* panelTimers(books: Books, about: Case): Iterable<Timer> {
  const { dispute, assignment } = about;
  const { answerMs, quorum } = termsOf(books);
  const awaited = outstanding(dispute).filter((actor) => isAlive(books, actor));
  const canCall =
    dispute.referees.length < REFEREES_MAX && refereesLeft(books, assignment, dispute).length > 0;
  const isShort = most(dispute) + awaited.length < quorum;
  const lateMs = dispute.calledMs + answerMs;
  if (canCall && isShort)
    yield { dueMs: 0, fire: (context) => called(books, about, shortOf(dispute), context) };
  else if (canCall)
    yield { dueMs: lateMs, fire: (context) => called(books, about, 'referee_silent', context) };
  else
    yield {
      dueMs: dispute.calledMs + WAITS * answerMs,
      fire: () => [resolved(about, 'undecided', 'no_quorum')],
    };
}

const outstanding = ({ referees, findings }: DisputeBook): ActorId[] =>
  referees.filter((actor) => findings.every(({ referee }) => referee !== actor));

const keyOf = ({ claimant, defender }: DisputeFinding): string => `${claimant} ${defender}`;

const most = ({ findings }: DisputeBook): number =>
  Math.max(
    0,
    ...findings.map((one) => findings.filter((other) => keyOf(other) === keyOf(one)).length),
  );

const shortOf = ({ referees, findings }: DisputeBook): string => {
  if (referees.length === 0) return 'referred';
  return findings.length > 1 ? 'disagreement' : 'quorum_short';
};

export function decideOnFinding(books: Books, event: EventOf<'daybook.dispute.found.v1'>): Fact[] {
  const about = caseOf(books, event.data.assignment);
  const { dispute } = about;
  const last = must(dispute.findings.at(-1), 'finding');
  const same = dispute.findings.filter((finding) => keyOf(finding) === keyOf(last));
  if (same.length < termsOf(books).quorum) return [];
  const { claimant, defender } = last;
  if (claimant === 'not_comparable' || defender === 'not_comparable')
    return [resolved(about, 'undecided', 'not_comparable')];
  if (claimant !== 'stands') return [resolved(about, 'claimant_wrong', claimant)];
  if (defender === 'stands') return [resolved(about, 'undecided', 'both_stand')];
  return faceNext(books, about, defender);
}
