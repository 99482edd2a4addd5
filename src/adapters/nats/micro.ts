/**
 * NATS services: what answers `nats micro ls`, `info` and `stats` (the protocol of the NATS
 * architecture, ADR 32: PING, INFO and STATS under $SRV). Of the client's own package only early
 * releases exist, tied to another release of the client; the protocol is three answers.
 *
 * Endpoints have no queue group, as requests have none (requests.ts): of a group the server would go
 * on giving a share to a member that has stopped. Answers go to inboxes only.
 */
import { headers, nuid, type Msg, type Subscription } from '@nats-io/transport-node';
import type { Link } from './link.ts';
import { INBOXES } from './link.ts';

export interface MicroAnswer {
  readonly payload: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** What went wrong, as callers of services expect to be told. */
  readonly error?: { readonly code: string; readonly message: string };
}

export interface MicroEndpoint {
  readonly name: string;
  readonly subject: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Null: it is served elsewhere, and only told of here. */
  readonly handle: ((payload: Uint8Array) => Promise<MicroAnswer>) | null;
  readonly stats: EndpointStats;
}

export interface MicroService {
  /** Letters, digits, - and _. */
  readonly name: string;
  /** Semantic version. */
  readonly version: string;
  readonly description: string;
  readonly endpoints: readonly MicroEndpoint[];
}

const NANOSECONDS = 1_000_000;

/** Counted from the start of the service. */
export class EndpointStats {
  #requests = 0;
  #errors = 0;
  #lastError = '';
  #nanoseconds = 0;

  /** One request: to be told how it ended. */
  begin(): (error?: string) => void {
    const beganMs = performance.now();
    this.#requests += 1;
    return (error) => {
      this.#nanoseconds += Math.round((performance.now() - beganMs) * NANOSECONDS);
      if (error === undefined) return;
      this.#errors += 1;
      this.#lastError = error;
    };
  }

  view(): object {
    return {
      num_requests: this.#requests,
      num_errors: this.#errors,
      last_error: this.#lastError,
      processing_time: this.#nanoseconds,
      average_processing_time:
        this.#requests === 0 ? 0 : Math.round(this.#nanoseconds / this.#requests),
    };
  }
}

const VERBS = {
  PING: () => ({}),
  INFO: ({ description, endpoints }: MicroService) => ({
    description,
    endpoints: endpoints.map(({ name, subject, metadata }) => ({
      name,
      subject,
      queue_group: '',
      metadata,
    })),
  }),
  STATS: ({ endpoints }: MicroService, started: string) => ({
    started,
    endpoints: endpoints.map(({ name, subject, stats }) => ({
      name,
      subject,
      queue_group: '',
      ...stats.view(),
    })),
  }),
} as const;

const isAnswerable = ({ reply }: Msg): boolean => reply?.startsWith(`${INBOXES}.`) === true;

/**
 * Serves until told to stop. A server whose permissions do not know services keeps it from being
 * found, and nothing else.
 * @returns what ends it
 */
export function serveMicro({ nc }: Link, service: MicroService): () => void {
  const id = nuid.next();
  const started = new Date().toISOString();
  const { name, version } = service;
  const subscriptions: Subscription[] = [];
  const listen = (subject: string, answer: (message: Msg) => void): void => {
    const callback = (error: Error | null, message: Msg): void => {
      if (error === null && isAnswerable(message)) answer(message);
    };
    subscriptions.push(nc.subscribe(subject, { callback }));
  };
  for (const [verb, more] of Object.entries(VERBS)) {
    const told = (message: Msg): void => {
      const type = `io.nats.micro.v1.${verb.toLowerCase()}_response`;
      const own = { type, name, id, version, metadata: {} };
      message.respond(JSON.stringify({ ...own, ...more(service, started) }));
    };
    for (const subject of [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${id}`])
      listen(subject, told);
  }
  for (const { subject, handle, stats } of service.endpoints)
    if (handle !== null)
      listen(subject, (message) => void answerWith(message, handle, stats.begin()));
  return () => {
    if (!nc.isClosed()) for (const subscription of subscriptions) subscription.unsubscribe();
  };
}

async function answerWith(
  message: Msg,
  handle: (payload: Uint8Array) => Promise<MicroAnswer>,
  done: (error?: string) => void,
): Promise<void> {
  try {
    const answer = await handle(message.data);
    const sent = headers();
    for (const [name, value] of Object.entries(answer.headers ?? {})) sent.set(name, value);
    if (answer.error !== undefined) {
      sent.set('Nats-Service-Error-Code', answer.error.code);
      sent.set('Nats-Service-Error', answer.error.message);
    }
    message.respond(answer.payload, { headers: sent });
    done(answer.error?.message);
  } catch (error) {
    // A connection that is gone: the caller's time runs out.
    done(error instanceof Error ? error.message : String(error));
  }
}
