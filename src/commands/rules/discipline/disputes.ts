/**
 * Disputes: the author of a rejected contribution against those who agreed to reject it, one after the
 * other. Each defender answers the same questions as the claimant until one operation is left, which
 * referees run. Whoever is silent loses. The claimant is right once it has prevailed against all, and
 * wrong as soon as one prevails: one honest validator among those who agreed is enough, whatever the
 * others say.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Assignment, Books } from '../../../projections/books.ts';
import { assignmentOf, must, windowKeyOf } from '../../../projections/books.ts';
import type {
  DisputeBook,
  DisputeOutcome,
  DisputeQuestion,
} from '../../../projections/dispute-book.ts';
import { verdictOf } from '../../../projections/disputes.ts';
import type { Range } from '../../dispute-course.ts';
import { nextOf, placeOf } from '../../dispute-course.ts';
import { nextDefender } from './dispute-parties.ts';
import { fact } from '../rule.ts';
import type { Timer } from '../rule.ts';

/** More than a quorum of defenders needs; a resolution names no more findings. */
const FINDINGS_MAX = 64;

export interface Case {
  readonly dispute: DisputeBook;
  readonly assignment: Assignment;
}

export const caseOf = (books: Books, id: string): Case => ({
  dispute: must(books.disputes?.[id], `dispute of ${id}`),
  assignment: must(assignmentOf(books, id), id),
});

/** Against the first who agreed, or the next when one has fallen. */
export function faceNext(books: Books, { dispute, assignment }: Case, reason: string): Fact[] {
  const defender = nextDefender(books, assignment, dispute);
  if (defender === null) return [resolved({ dispute, assignment }, 'claimant_right', reason)];
  const steps = stepsBetween(books, assignment, defender);
  const round = dispute.round + 1;
  if (steps === null)
    return [
      fact('daybook.dispute.referred.v1', { assignment: dispute.assignment, round, defender }),
    ];
  const next = nextOf(steps, []);
  return next.kind === 'ask' ? [asked(dispute, defender, next.question)] : [];
}

/**
 * Steps of the window between which the committed trace and the defender's verdict part; null: the
 * verdict has all roots as committed, or names one that there is not, and there is nothing to narrow.
 */
export function stepsBetween(
  books: Books,
  assignment: Assignment,
  defender: ActorId,
): Range | null {
  const { firstDivergence: first } = verdictOf(assignment, defender);
  const { trace } = must(assignment.submission, 'submission');
  if (first === null || first >= trace.length) return null;
  const [run] = windowKeyOf(assignment.assignment).split('/');
  const { innerSteps, traceEvery } = must(books.runs[must(run, 'run')], 'run').plan;
  const every = traceEvery === 0 ? innerSteps : traceEvery;
  return { agreed: first * every, parted: Math.min((first + 1) * every, innerSteps) };
}

function asked(dispute: DisputeBook, defender: ActorId, question: DisputeQuestion): Fact {
  const { assignment, round } = dispute;
  return fact('daybook.dispute.asked.v1', { assignment, round: round + 1, defender, question });
}

export function askNext(books: Books, event: EventOf<'daybook.dispute.answered.v1'>): Fact[] {
  const about = caseOf(books, event.data.assignment);
  const { dispute, assignment } = about;
  const last = must(dispute.rounds.at(-1), 'round');
  if (last.claimant === null || last.defender === null) return [];
  const defender = must(dispute.defenders.at(-1), 'defender');
  const steps = must(stepsBetween(books, assignment, defender), 'steps');
  const next = nextOf(steps, dispute.rounds);
  switch (next.kind) {
    case 'ask':
      return [asked(dispute, defender, next.question)];
    case 'fallen':
      return faceNext(books, about, 'defender_contradicts_verdict');
    case 'refer': {
      const { round } = dispute;
      return [
        fact('daybook.dispute.referred.v1', { assignment: dispute.assignment, round, defender }),
      ];
    }
  }
}

/** Of a dispute in which something is asked: whoever is silent loses. */
export function* silenceTimers(books: Books, about: Case): Iterable<Timer> {
  const { dispute } = about;
  const last = must(dispute.rounds.at(-1), 'round');
  const { answerMs } = termsOf(books);
  yield {
    dueMs: dispute.askedMs + answerMs,
    fire: () =>
      last.claimant === null
        ? [resolved(about, 'claimant_wrong', 'claimant_silent')]
        : faceNext(books, about, 'defender_silent'),
  };
}

/** A policy without terms that came since leaves open disputes those they had: none are shorter. */
const TERMS_GONE = { answerMs: 24 * 3_600_000, panelSize: 1, quorum: 1 };
export const termsOf = (books: Books): { answerMs: number; panelSize: number; quorum: number } =>
  books.policy?.dispute ?? TERMS_GONE;

export function resolved(
  { dispute }: Case,
  outcome: DisputeOutcome,
  ...reasons: readonly string[]
): Fact {
  const findings = [...dispute.earlier, ...dispute.findings.map(({ sequence }) => sequence)];
  return fact('daybook.dispute.resolved.v1', {
    assignment: dispute.assignment,
    outcome,
    reasons: [...new Set(reasons)],
    defenders: dispute.defenders,
    findings: findings.slice(0, FINDINGS_MAX),
    place: operationOf(dispute),
    bond: dispute.bond,
  });
}

function operationOf(
  dispute: DisputeBook,
): EventOf<'daybook.dispute.resolved.v1'>['data']['place'] {
  const place = placeOf(dispute.rounds);
  const opened = dispute.rounds.find(({ question }) => question.kind === 'entry');
  const entry = opened?.defender?.opening?.entry ?? opened?.claimant?.opening?.entry;
  if (place === null || entry === undefined) return null;
  return { ...place, phase: entry.phase, operation: entry.operation };
}
