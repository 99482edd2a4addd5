/** A validator called as a referee: it believes neither party and says what came out. */
import { assignmentOf, must } from '../../projections/books.ts';
import type { Node } from '../node.ts';
import { sendInSession } from '../send-in-session.ts';
import { findDispute } from './find.ts';

export async function referee(assignment: string, node: Node, signal: AbortSignal): Promise<void> {
  const { books } = node.follower;
  const actor = node.self;
  const dispute = books.disputes?.[assignment];
  if (!dispute?.referred || !dispute.referees.includes(actor)) return;
  if (dispute.findings.some((finding) => finding.referee === actor)) return;
  const { round } = dispute.referred;
  const held = must(assignmentOf(books, assignment), assignment);
  const found = await findDispute(node, books, held, dispute);
  const reply = await sendInSession(
    node,
    (session) => `finding-${assignment.replaceAll('/', '-')}-${round}-${actor}-${session}`,
    (session) => ({
      type: 'daybook.dispute.found.v1',
      data: { assignment, session, round, ...found },
    }),
    signal,
  );
  const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : 'found';
  node.say(
    `dispute of ${assignment}: ${outcome}, claimant ${found.claimant}, defender ${found.defender}`,
  );
}
