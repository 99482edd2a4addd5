/**
 * Sends a fact under the node's session, and again under the next one when the ledger has given that
 * session up: a machine that slept, or an authority that was away, must not cost the work just done.
 */
import type { FactOf, FactType } from '../events/catalogue.ts';
import type { Reply } from '../commands/reply.ts';
import type { Node } from './node.ts';

/** Two processes with one key would take the session from each other for ever. */
export const RENEWALS_MAX = 5;

export async function sendInSession<T extends FactType>(
  node: Node,
  idOf: (session: number) => string,
  factOf: (session: number) => FactOf<T>,
  signal: AbortSignal,
): Promise<Exclude<Reply, { status: 'fault' }>> {
  for (let renewals = 0; ; renewals += 1) {
    const session = node.session.number;
    const reply = await node.client.send(idOf(session), factOf(session), signal);
    const over = reply.status === 'refused' && reply.code === 'session_over';
    if (!over || renewals === RENEWALS_MAX) return reply;
    await node.session.renew(session, signal);
  }
}
