/** Claimant and defender alike: what is asked now, answered from one's own computation. */
import { must } from '../../projections/books.ts';
import type { DisputeAnswer, DisputeBook, DisputeRound } from '../../projections/dispute-book.ts';
import type { Node } from '../node.ts';
import { sendInSession } from '../send-in-session.ts';
import { disputedWork } from './disputed-work.ts';
import { NOTHING } from './wire.ts';

export async function answerDispute(
  assignment: string,
  node: Node,
  signal: AbortSignal,
): Promise<void> {
  const dispute = node.follower.books.disputes?.[assignment];
  const asked = dispute === undefined ? null : openRound(dispute, node.self);
  if (asked === null) return;
  const { round, question } = asked;
  const answer = await ownAnswer(assignment, question, node);
  if (answer === null) return;
  const reply = await sendInSession(
    node,
    (session) => `answer-${assignment.replaceAll('/', '-')}-${round}-${node.self}-${session}`,
    (session) => ({
      type: 'daybook.dispute.answered.v1',
      data: { assignment, session, round, answer },
    }),
    signal,
  );
  const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : question.kind;
  node.say(`dispute of ${assignment}, round ${round}: ${outcome}`);
}

/** The round that waits for this party; null: none does. */
function openRound(dispute: DisputeBook, actor: string): DisputeRound | null {
  const last = dispute.rounds.at(-1);
  if (last === undefined || dispute.referred !== null) return null;
  if (dispute.claimant === actor) return last.claimant === null ? last : null;
  return dispute.defenders.at(-1) === actor && last.defender === null ? last : null;
}

async function ownAnswer(
  assignment: string,
  question: DisputeRound['question'],
  node: Node,
): Promise<DisputeAnswer | null> {
  if (node.lane.disputes === undefined) return null;
  const work = await disputedWork(node, node.follower.books, assignment);
  const said = await must(node.lane.disputes, 'lane').run('disputeAnswer', { ...work, question });
  return said.kind === 'answer'
    ? said.answer
    : { ...NOTHING, evidence: await node.artifacts.put(said.file) };
}
