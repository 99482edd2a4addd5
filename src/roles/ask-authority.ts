/**
 * Asks the authority for its signed head, or for its books under one, covering at least what the
 * log shows the asker now.
 */
import type { Channel } from '../commands/ports/channel.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Answer, Query } from './query.ts';
import { decodeAnswer, encodeQuery } from './query.ts';

const TIMEOUT_MS = 30_000;

/** @throws Fault channel_unavailable when the authority answers anything else, or not at all */
export async function askAuthority<Q extends Query['query']>(
  log: EventLog,
  channel: Channel,
  query: Q,
): Promise<Extract<Answer, { status: Q }>> {
  const payload = encodeQuery({ query, atLeast: (await log.head()).size });
  const answer = decodeAnswer(await channel.request('query', payload, { timeoutMs: TIMEOUT_MS }));
  if (answer.status === query) return answer as Extract<Answer, { status: Q }>;
  const why = answer.status === 'refused' ? answer.message : answer.status;
  throw new Fault('channel_unavailable', `the authority gave no ${query}: ${why}`, {
    retryable: true,
  });
}
