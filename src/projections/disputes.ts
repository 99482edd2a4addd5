/** The dispute books: opened, questioned with one defender after another, refereed, closed. */
import type { EventOfFamily } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';
import type { Assignment, Books, Verdict } from './books.ts';
import { assignmentOf, byName, must } from './books.ts';
import type { DisputeAnswer, DisputeBook } from './dispute-book.ts';

export function foldDispute(books: Books, event: EventOfFamily<'dispute'>): void {
  const { assignment: id } = event.data;
  const assignment = must(assignmentOf(books, id), id);
  const nowMs = books.ledger.clockMs;
  if (event.type === 'daybook.dispute.opened.v1') {
    assignment.dispute = 'open';
    (books.disputes ??= byName())[id] = {
      assignment: id,
      claimant: event.actor,
      sequence: event.sequence,
      bond: must(books.policy?.dispute, 'dispute policy').bond,
      round: 0,
      askedMs: nowMs,
      defenders: [],
      rounds: [],
      referred: null,
      referees: [],
      calledMs: nowMs,
      findings: [],
      earlier: [],
    };
    return;
  }
  const dispute = must(books.disputes?.[id], `dispute of ${id}`);
  switch (event.type) {
    case 'daybook.dispute.asked.v1': {
      facing(dispute, event.data.defender);
      dispute.round = event.data.round;
      dispute.askedMs = nowMs;
      const { round, question } = event.data;
      // The first question is where the trace that the claimant committed to parts from the verdict.
      const claimant = dispute.rounds.length === 0 ? committedRoot(assignment, dispute) : null;
      dispute.rounds.push({ round, question, claimant, defender: null });
      return;
    }
    case 'daybook.dispute.answered.v1': {
      const round = must(dispute.rounds.at(-1), 'round');
      if (event.actor === dispute.claimant) round.claimant = event.data.answer;
      else round.defender = event.data.answer;
      return;
    }
    case 'daybook.dispute.referred.v1':
      facing(dispute, event.data.defender);
      dispute.round = event.data.round;
      dispute.referred = { sequence: event.sequence, round: event.data.round };
      dispute.calledMs = nowMs;
      return;
    case 'daybook.dispute.called.v1':
      dispute.referees.push(...event.data.referees);
      dispute.calledMs = nowMs;
      return;
    case 'daybook.dispute.found.v1':
      dispute.findings.push({
        referee: event.actor,
        sequence: event.sequence,
        claimant: event.data.claimant,
        defender: event.data.defender,
      });
      return;
    case 'daybook.dispute.resolved.v1':
      assignment.dispute = event.data.outcome;
      delete books.disputes?.[id];
      return;
    default:
      event satisfies never;
  }
}

/** Another defender begins anew: what was said to the one before binds nobody. */
function facing(dispute: DisputeBook, defender: ActorId): void {
  if (dispute.defenders.at(-1) === defender) return;
  dispute.defenders.push(defender);
  dispute.earlier.push(...dispute.findings.map(({ sequence }) => sequence));
  dispute.rounds = [];
  dispute.referred = null;
  dispute.referees = [];
  dispute.findings = [];
}

function committedRoot(assignment: Assignment, dispute: DisputeBook): DisputeAnswer {
  const defender = must(dispute.defenders.at(-1), 'defender');
  const { firstDivergence } = verdictOf(assignment, defender);
  const { trace } = must(assignment.submission, 'submission');
  const root = must(trace[must(firstDivergence, 'divergence')], 'root');
  return { root, opening: null, proof: null, evidence: null };
}

export const verdictOf = ({ challenge }: Assignment, validator: ActorId): Verdict =>
  must(
    challenge?.verdicts.find((verdict) => verdict.validator === validator),
    `verdict of ${validator}`,
  );

/** Whether a run, or one window of it, must stay in the books for an open dispute. */
export const isDisputed = (books: Books, prefix: string): boolean =>
  Object.keys(books.disputes ?? {}).some((id) => id.startsWith(`${prefix}/`));
