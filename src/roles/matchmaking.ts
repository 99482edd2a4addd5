/** A node's answer to a run that offers it work: yes, where it can do that work at all. */
import type { Books } from '../projections/books.ts';
import type { ComputeLane } from './compute-lane.ts';
import type { Node } from './node.ts';
import { sendInSession } from './send-in-session.ts';

/** Why this node cannot work for the run; null: it can. */
export function unfit(
  books: Books,
  run: string,
  { computeClass }: ComputeLane['info'],
): string | null {
  const plan = books.runs[run]?.plan;
  if (plan === undefined) return 'run_unknown';
  return plan.encoding !== undefined && computeClass !== 'exact' ? 'compute_class_mismatch' : null;
}

export async function answerOffer(run: string, node: Node, signal: AbortSignal): Promise<void> {
  const { books } = node.follower;
  const untilMs = books.offers?.[run]?.open[node.self];
  if (untilMs === undefined) return;
  const reason = unfit(books, run, node.info);
  const reply = await sendInSession(
    node,
    (session) => `offer-${run}-${node.self}-${untilMs}-${session}`,
    (session) =>
      reason === null
        ? { type: 'daybook.offer.accepted.v1', data: { run, session } }
        : { type: 'daybook.offer.declined.v1', data: { run, session, reason } },
    signal,
  );
  const said = reason === null ? 'accepted' : `declined: ${reason}`;
  node.say(`offer of ${run} ${reply.status === 'refused' ? `refused: ${reply.code}` : said}`);
}
