/**
 * How parties reach the authority and the authority reaches workers. Two primitives: request/reply
 * for commands and queries, and durable step delivery. Both carry opaque bytes; the adapters know
 * nothing of their meaning. All adapters pass `src/testing/contracts/channel.ts`.
 *
 * A request is not durable: no reply means "unknown", and the caller retries with the same command
 * id until it has an answer. A step is durable: delivered to its addressee until acknowledged.
 */
import type { ActorId } from '../../events/ids.ts';

export type RequestKind = 'command' | 'query';

/**
 * W3C Trace Context: beside a message, no part of it. Nothing but traces depends on it, and an
 * adapter that has no headers loses it.
 */
export interface TraceHeaders {
  readonly traceparent: string;
  readonly tracestate?: string;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly trace?: TraceHeaders;
}

export interface IncomingRequest {
  readonly kind: RequestKind;
  readonly payload: Uint8Array;
  readonly trace?: TraceHeaders;
  reply(payload: Uint8Array, trace?: TraceHeaders): void;
}

/** One delivery of a step; unacknowledged deliveries come again. */
export interface StepDelivery {
  readonly stepId: string;
  readonly payload: Uint8Array;
  readonly trace?: TraceHeaders;
  /** How many times this step has been delivered, from 1. */
  readonly attempt: number;
  /** Done: never deliver again. Resolves when durable. */
  ack(): Promise<void>;
  /** Give it back now; redelivered after `delayMs`. */
  nak(delayMs: number): Promise<void>;
  /** Still at work: extends the redelivery timer to its full length again. */
  working(): Promise<void>;
}

export interface ServeOptions {
  /** How long, once aborted, to wait for those who route requests to know. Default 3 s. */
  readonly endWithinMs?: number;
  /** What those who look for services are told of each kind, such as schemas. */
  readonly metadata?: Readonly<Record<RequestKind, Readonly<Record<string, string>>>>;
}

export interface Channel {
  /** @throws Fault request_timeout | channel_unavailable | permission_denied */
  request(kind: RequestKind, payload: Uint8Array, options: RequestOptions): Promise<Uint8Array>;
  /**
   * Serve requests until aborted. Ordered per caller; the handler replies when it can. Where several
   * serve, a request may reach each of them, and the caller has the first reply: a handler answers
   * the same request alike, however often it comes.
   * @throws Fault permission_denied | channel_unavailable, retryable when it was aborted and who
   * routes requests could not be told in time: some may still come here, and are answered by nobody
   */
  serve(
    handler: (request: IncomingRequest) => void,
    signal: AbortSignal,
    options?: ServeOptions,
  ): Promise<void>;

  /**
   * Put a step into the addressee's queue. Durable when resolved. A stepId that is queued or was
   * ever queued and acknowledged within the adapter's dedupe horizon (at least 2 minutes) is a no-op.
   */
  publishStep(
    addressee: ActorId,
    stepId: string,
    payload: Uint8Array,
    trace?: TraceHeaders,
  ): Promise<void>;
  /** The addressee's steps, one at a time, until aborted. Redelivers after `redeliverAfterMs`. */
  steps(
    addressee: ActorId,
    options: { readonly redeliverAfterMs: number },
    signal: AbortSignal,
  ): AsyncIterable<StepDelivery>;
  close(): Promise<void>;
}
