/** What may be said in a dispute: that there is one, answers to its questions, findings. */
import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { ActorId } from '../../events/ids.ts';
import type { Assignment, Books } from '../../projections/books.ts';
import { assignmentOf, must, windowKeyOf } from '../../projections/books.ts';
import type {
  DisputeAnswer,
  DisputeBook,
  DisputeQuestion,
} from '../../projections/dispute-book.ts';
import { balanceOf } from '../../projections/balances.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { escrowOf } from '../rules/money/accounts.ts';
import { agreeingOn } from '../rules/discipline/dispute-parties.ts';
import type { Guard } from './guard.ts';
import { sessionProblem } from './participants.ts';

export const openDispute: Guard<'daybook.dispute.opened.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const problem = sessionProblem(books, actor, data.session);
  if (problem !== null) return problem;
  const assignment = assignmentOf(books, data.assignment);
  if (assignment === undefined) return refuse('assignment_unknown', data.assignment);
  if (assignment.participant !== actor)
    return refuse('assignment_not_yours', `it belongs to ${assignment.participant}`);
  const run = must(windowKeyOf(data.assignment).split('/')[0], 'run');
  if (books.runs[run]?.state === 'failed') return refuse('run_state_forbids', 'the run has failed');
  return notDisputable(books, assignment) ?? termsProblem(books, assignment);
};

function notDisputable(books: Books, assignment: Assignment): Refusal | null {
  const { disposition, dispute, submission } = assignment;
  if (books.policy?.dispute === undefined)
    return refuse('disputes_not_offered', 'the policy has no terms for them');
  if (disposition !== 'rejected')
    return refuse('nothing_to_dispute', `it is ${disposition ?? 'not judged'}, not rejected`);
  if (dispute !== undefined) return refuse('dispute_already_opened', assignment.assignment);
  if (submission?.computeClass !== 'exact')
    return refuse('nothing_to_dispute', 'only exact contributions have one right result');
  // What was fed back is in no state root.
  if (submission.encoded !== undefined)
    return refuse('nothing_to_dispute', 'an encoded delta has no trace that ends in it');
  if (assignment.stage !== undefined)
    return refuse('nothing_to_dispute', 'a dispute begins where a window does, not at a stage');
  // Rejected for its receipt: there is no operation to disagree about, and anybody can recompute it.
  if (assignment.pagesRoot !== undefined && assignment.counted === submission.delta.digest)
    return refuse(
      'nothing_to_dispute',
      'the delta was found right, what it was claimed with was not',
    );
  const { run } = must(books.windows[windowKeyOf(assignment.assignment)], 'window');
  if (books.runs[run]?.plan.adapter !== undefined)
    return refuse('nothing_to_dispute', 'steps of adapters are not traced');
  return agreeingOn(assignment).length === 0
    ? refuse('nothing_to_dispute', 'nobody answers for the resolution')
    : null;
}

function termsProblem(books: Books, { participant, rejected }: Assignment): Refusal | null {
  const { openMs, bond } = must(books.policy?.dispute, 'dispute policy');
  if (rejected === undefined)
    return refuse('disputes_not_offered', 'they were not when this was resolved');
  if (books.ledger.clockMs > rejected.atMs + openMs)
    return refuse('dispute_too_late', `${openMs} ms after the resolution it is final`);
  const escrow = balanceOf(books, 'micro', escrowOf(participant));
  return escrow < BigInt(bond)
    ? refuse('bond_not_covered', `the bond is ${bond}, the escrow holds ${escrow}`)
    : null;
}

function openOne(
  books: Books,
  actor: ActorId,
  { assignment, session }: { readonly assignment: string; readonly session: number },
): Either<Refusal, DisputeBook> {
  const problem = sessionProblem(books, actor, session);
  if (problem !== null) return left(problem);
  const dispute = books.disputes?.[assignment];
  return dispute === undefined ? left(refuse('dispute_not_open', assignment)) : right(dispute);
}

export const answerDispute: Guard<'daybook.dispute.answered.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const found = openOne(books, actor, data);
  if (isLeft(found)) return found.left;
  const dispute = found.right;
  const role = partyOf(dispute, actor);
  if (role === null) return refuse('not_a_party', 'claimant and defender are asked');
  const round = dispute.rounds.at(-1);
  if (round === undefined || dispute.referred !== null || round.round !== data.round)
    return refuse('round_not_open', `round ${data.round} is not what is asked now`);
  if (round[role] !== null) return refuse('answer_already_recorded', `round ${data.round}`);
  if (Buffer.byteLength(JSON.stringify(data.answer)) > ANSWER_BYTES_MAX)
    return refuse('answer_out_of_form', `an answer has at most ${ANSWER_BYTES_MAX} bytes`);
  return isOfForm(round.question, data.answer)
    ? null
    : refuse('answer_out_of_form', `the question is ${round.question.kind}`);
};

function partyOf(dispute: DisputeBook, actor: string): 'claimant' | 'defender' | null {
  if (dispute.claimant === actor) return 'claimant';
  return dispute.defenders.at(-1) === actor ? 'defender' : null;
}

/** An entry with its envelope must fit its bound, whatever the answer holds. */
const ANSWER_BYTES_MAX = 192 * 1024;

const MEMBER_OF: { readonly [K in DisputeQuestion['kind']]: keyof DisputeAnswer } = {
  state_root: 'root',
  end: 'opening',
  trace_root: 'root',
  entry: 'opening',
  read: 'proof',
  evidence: 'evidence',
};

function isOfForm({ kind, position }: DisputeQuestion, answer: DisputeAnswer): boolean {
  const wanted = MEMBER_OF[kind];
  const members = Object.keys(answer) as (keyof DisputeAnswer)[];
  if (!members.every((member) => (answer[member] !== null) === (member === wanted))) return false;
  return kind !== 'entry' || answer.opening?.index === position;
}

export const recordFinding: Guard<'daybook.dispute.found.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const found = openOne(books, actor, data);
  if (isLeft(found)) return found.left;
  const dispute = found.right;
  if (dispute.referred?.round !== data.round)
    return refuse('round_not_open', `referral ${data.round} is not the one that is open`);
  if (!dispute.referees.includes(actor))
    return refuse('not_on_panel', 'this validator was not called as a referee');
  return dispute.findings.some(({ referee }) => referee === actor)
    ? refuse('verdict_already_recorded', 'a referee gives one finding')
    : null;
};
