/** A worker whose contribution was rejected computes it again, and stands by it if it comes out the same. */
import { digestOf } from '../../events/digest.ts';
import type { Assignment } from '../../projections/books.ts';
import type { Node } from '../node.ts';
import { recomputeContribution } from '../recompute.ts';
import { sendInSession } from '../send-in-session.ts';
import { assignedWork } from '../work-spec.ts';

export async function contest(held: Assignment, node: Node, signal: AbortSignal): Promise<void> {
  const { assignment, submission, rejected, dispute } = held;
  if (node.lane.disputes === undefined || submission?.computeClass !== 'exact') return;
  if (rejected === undefined || dispute !== undefined || submission.encoded !== undefined) return;
  const { plan } = assignedWork(node.follower.books, assignment);
  if (plan.adapter !== undefined || plan.stages !== undefined) return;
  const { delta } = await recomputeContribution(node, node.follower.books, assignment, null);
  if (digestOf(delta) !== submission.delta.digest) return;
  const reply = await sendInSession(
    node,
    (session) => `dispute-${assignment.replaceAll('/', '-')}-${session}`,
    (session) => ({ type: 'daybook.dispute.opened.v1', data: { assignment, session } }),
    signal,
  );
  const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : 'opened';
  node.say(`dispute of ${assignment}: ${outcome}`);
}
