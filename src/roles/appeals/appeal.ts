/** Who was found to have offended looks again, and appeals where it comes to something else. */
import { findOffence } from '../../projections/offences.ts';
import type { Node } from '../node.ts';
import { sendInSession } from '../send-in-session.ts';
import { lookAgain } from './look-again.ts';

const named = (what: string, offence: string, actor: string, session: number): string =>
  `${what}-${offence.replaceAll('/', '-')}-${actor}-${session}`;

export async function appeal(offence: string, node: Node, signal: AbortSignal): Promise<void> {
  const actor = node.self;
  const record = findOffence(node.follower.books, actor, offence);
  if (record?.state !== 'standing') return;
  const opinion = await lookAgain(actor, record, node, signal);
  if (opinion?.vote !== 'overturn') return;
  const statement = `${opinion.reason}: it comes to something else here`;
  const reply = await sendInSession(
    node,
    (session) => named('appeal', offence, actor, session),
    (session) => ({ type: 'daybook.appeal.filed.v1', data: { offence, session, statement } }),
    signal,
  );
  const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : 'filed';
  node.say(`appeal against ${offence}: ${outcome}`);
}

/** A member of the panel. */
export async function hear(offence: string, node: Node, signal: AbortSignal): Promise<void> {
  const actor = node.self;
  const open = node.follower.books.appeals?.[offence];
  if (open?.panel.includes(actor) !== true) return;
  if (open.votes.some(({ validator }) => validator === actor)) return;
  const record = findOffence(node.follower.books, open.appellant, offence);
  if (record === undefined) return;
  const opinion = await lookAgain(open.appellant, record, node, signal);
  if (opinion === null) return node.say(`appeal against ${offence}: cannot be told here`);
  const { vote, reason } = opinion;
  const reply = await sendInSession(
    node,
    (session) => named('vote', offence, actor, session),
    (session) => ({
      type: 'daybook.appeal.voted.v1',
      data: { offence, session, vote, reasons: [reason] },
    }),
    signal,
  );
  const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : vote;
  node.say(`heard the appeal against ${offence}: ${outcome}`);
}
