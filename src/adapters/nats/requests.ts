/**
 * Requests over core NATS request/reply. Whoever serves gets every request: of a queue group the
 * server would go on giving a share to a member that has stopped and cannot say so. A caller that
 * finds nobody serving asks again until its time is up, so callers may start before servers.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { errors, headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { Bell } from '../bell.ts';
import { checkMessageSize } from '../message-size.ts';
import type { Subjects } from './declarations.ts';
import { INBOXES, type Link } from './link.ts';
import { EndpointStats, serveMicro } from './micro.ts';
import { natsFault } from './nats-fault.ts';
import { setTrace, traceOf } from './trace-headers.ts';
import type {
  IncomingRequest,
  RequestKind,
  RequestOptions,
  ServeOptions,
  TraceHeaders,
} from '../../commands/ports/channel.ts';
import { Fault } from '../../commands/ports/fault.ts';

const ASK_AGAIN_MS = 50;
const END_WITHIN_MS = 3_000;

const isUnserved = (error: unknown): boolean =>
  error instanceof errors.RequestError && error.isNoResponders();

function requestFault({ login }: Link, kind: RequestKind, error: unknown): Fault {
  if (error instanceof errors.TimeoutError) {
    const message = `No answer to the ${kind} in time.`;
    return new Fault('request_timeout', message, { retryable: true, cause: error });
  }
  return natsFault(`Sending the ${kind}`, error, 'channel_unavailable', login);
}

/** @throws Fault request_timeout | channel_unavailable | permission_denied */
export async function sendRequest(
  link: Link,
  subjects: Subjects,
  kind: RequestKind,
  payload: Uint8Array,
  { timeoutMs, trace }: RequestOptions,
): Promise<Uint8Array> {
  const deadlineMs = Date.now() + timeoutMs;
  const carried = carrying(trace);
  for (;;) {
    const leftMs = deadlineMs - Date.now();
    try {
      if (leftMs <= 0) throw new errors.TimeoutError();
      const options = { ...carried, timeout: leftMs };
      return (await link.nc.request(subjects[kind], payload, options)).data;
    } catch (error) {
      if (!isUnserved(error)) throw requestFault(link, kind, error);
      await delay(Math.min(ASK_AGAIN_MS, Math.max(0, leftMs)));
    }
  }
}

/** Without a trace a message has no headers at all. */
function carrying(trace: TraceHeaders | undefined): { headers?: MsgHdrs } {
  if (trace === undefined) return {};
  const carried = headers();
  setTrace(carried, trace);
  return { headers: carried };
}

/**
 * Answers go to inboxes only: who asks names the subject of the answer, and would otherwise have
 * this login publish wherever that may, into the log say.
 */
function respond(message: Msg, payload: Uint8Array, trace: TraceHeaders | undefined): void {
  if (message.reply?.startsWith(`${INBOXES}.`) === true) message.respond(payload, carrying(trace));
}

function incoming(kind: RequestKind, message: Msg, stats: EndpointStats): IncomingRequest {
  const done = stats.begin();
  return {
    kind,
    payload: message.data,
    ...traceOf(message.headers),
    reply: (payload, trace) => {
      checkMessageSize('reply', payload);
      respond(message, payload, trace);
      done();
    },
  };
}

const SERVICE_VERSION = '1.0.0';
const KINDS = ['command', 'query'] as const;

/**
 * Until the server knows of the end it still routes requests here. One that is cut off is never
 * heard of again, and the connection takes minutes to notice: the wait has a limit of its own.
 * @throws Fault channel_unavailable
 */
async function told({ nc }: Link, withinMs: number): Promise<void> {
  if (nc.isClosed()) return;
  const over = new AbortController();
  const limit = delay(withinMs, 'late', { signal: over.signal }).catch(() => undefined);
  // A connection that is lost or closed takes its subscriptions with it; closed, it settles no flush.
  const flushed = nc.flush().catch(() => undefined);
  const first = await Promise.race([flushed, nc.closed(), limit]);
  over.abort();
  if (first !== 'late') return;
  const message = `The server did not confirm within ${withinMs} ms that requests no longer come here.`;
  throw new Fault('channel_unavailable', message, { retryable: true });
}

/** Resolves when stopped. Callbacks of one connection run in the order messages arrive. */
export async function serveRequests(
  link: Link,
  subjects: Subjects,
  handler: (request: IncomingRequest) => void,
  stop: AbortSignal,
  { endWithinMs = END_WITHIN_MS, metadata }: ServeOptions,
): Promise<void> {
  if (stop.aborted) return;
  let failure: unknown = null;
  const failed = new Bell();
  const stats = { command: new EndpointStats(), query: new EndpointStats() };
  const subscriptions = KINDS.map((kind) =>
    link.nc.subscribe(subjects[kind], {
      callback: (error, message) => {
        if (error === null) return handler(incoming(kind, message, stats[kind]));
        failure = error;
        failed.ring();
      },
    }),
  );
  const endMicro = serveMicro(link, {
    name: subjects.service,
    version: SERVICE_VERSION,
    description: 'The authority of a ledger: signed commands, and questions that change nothing.',
    endpoints: KINDS.map((kind) => ({
      name: kind,
      subject: subjects[kind],
      metadata: metadata?.[kind] ?? {},
      handle: null,
      stats: stats[kind],
    })),
  });
  await failed.wait(stop);
  endMicro();
  for (const subscription of subscriptions) subscription.unsubscribe();
  if (failure !== null)
    throw natsFault('Serving requests', failure, 'channel_unavailable', link.login);
  await told(link, endWithinMs);
}
