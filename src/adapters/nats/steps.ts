/**
 * Steps as a JetStream work queue: a subject of its own for every step, so that the server itself
 * refuses a step that is still queued, and remembers an acknowledged one's id for its dedupe window.
 * Each addressee has one durable consumer with one delivery outstanding.
 */
import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { JetStreamApiError, type Consumer, type JsMsg } from '@nats-io/jetstream';
import { headers, nanos } from '@nats-io/transport-node';
import { checkMessageSize } from '../message-size.ts';
import { stepsConsumer, stepsStream, subjectsOf } from './declarations.ts';
import { calling, orReconnected, type Link } from './link.ts';
import { natsFault, STORE_FAILED } from './nats-fault.ts';
import { setTrace, traceOf } from './trace-headers.ts';
import type { StepDelivery, TraceHeaders } from '../../commands/ports/channel.ts';
import type { ActorId, LedgerId } from '../../events/ids.ts';

export const HEADER_STEP_ID = 'Daybook-Step';
const PULL_EXPIRES_MS = 30_000;
const RESUME_PAUSE_MS = 250;
const ACK = new TextEncoder().encode('+ACK');

/** Step ids are free text; a subject token is not. */
const tokenOf = (stepId: string): string => hash('sha256', stepId, 'hex').slice(0, 32);

function subjectOf(ledger: LedgerId, addressee: ActorId, stepId: string): string {
  return subjectsOf(ledger)
    .step.replace('{addressee}', addressee)
    .replace('{step}', tokenOf(stepId));
}

const isQueuedAlready = (error: unknown): boolean =>
  error instanceof JetStreamApiError &&
  error.code === STORE_FAILED &&
  error.message.includes('per subject');

export interface OutgoingStep {
  readonly addressee: ActorId;
  readonly stepId: string;
  readonly payload: Uint8Array;
  readonly trace: TraceHeaders | undefined;
}

/** @throws Fault channel_unavailable | permission_denied | storage_full | payload_too_large */
export async function publishStep(
  link: Link,
  ledger: LedgerId,
  { addressee, stepId, payload, trace }: OutgoingStep,
): Promise<void> {
  checkMessageSize('step', payload);
  const carried = headers();
  setTrace(carried, trace);
  carried.set(HEADER_STEP_ID, encodeURIComponent(stepId));
  await calling(link, `Publishing step ${stepId}`, 'channel_unavailable', async () => {
    try {
      await link.js.publish(subjectOf(ledger, addressee, stepId), payload, {
        msgID: `${addressee}.${stepId}`,
        headers: carried,
      });
    } catch (error) {
      if (!isQueuedAlready(error)) throw error;
    }
  });
}

function deliveryOf(link: Link, message: JsMsg): StepDelivery {
  let acknowledged: Promise<void> | null = null;
  const acknowledge = async (): Promise<void> => {
    try {
      // The server's answer to an acknowledgement says that it is stored.
      const { reply } = message as JsMsg & { readonly reply: string };
      await calling(link, 'Acknowledging a step', 'channel_unavailable', () =>
        link.nc.request(reply, ACK, { timeout: 2_000 }),
      );
    } catch (error) {
      acknowledged = null;
      throw error;
    }
  };
  return {
    stepId: decodeURIComponent(message.headers?.get(HEADER_STEP_ID) ?? ''),
    payload: message.data,
    ...traceOf(message.headers),
    attempt: message.info.deliveryCount,
    ack: () => (acknowledged ??= acknowledge()),
    nak: async (delayMs) => message.nak(delayMs),
    working: async () => message.working(),
  };
}

/** One message, or null when none came in time or it was stopped. */
async function pull(link: Link, consumer: Consumer, stop: AbortSignal): Promise<JsMsg | null> {
  const messages = await consumer.fetch({ max_messages: 1, expires: PULL_EXPIRES_MS });
  // A server that was restarted has forgotten this pull: leave, to pull again.
  const left = new AbortController();
  const leaving = AbortSignal.any([stop, left.signal]);
  void link.reconnected.wait(leaving).then(() => messages.close());
  try {
    for await (const message of messages) {
      if (!stop.aborted) return message;
      message.nak();
    }
    return null;
  } finally {
    left.abort();
    await messages.close();
  }
}

/** The addressee's durable consumer, made or set to the redelivery time that is wanted now. */
async function consumerOf(
  link: Link,
  ledger: LedgerId,
  addressee: ActorId,
  redeliverAfterMs: number,
): Promise<Consumer> {
  const { name } = stepsStream(ledger);
  const declared = { ...stepsConsumer(ledger, addressee), ack_wait: nanos(redeliverAfterMs) };
  await calling(link, `Steps of ${addressee}`, 'channel_unavailable', () =>
    link.jsm.consumers.add(name, declared),
  );
  return await link.js.consumers.get(name, addressee);
}

/** Ends when stopped; goes on by itself when the server was away. */
export async function* consumeSteps(
  link: Link,
  ledger: LedgerId,
  addressee: ActorId,
  redeliverAfterMs: number,
  stop: AbortSignal,
): AsyncIterable<StepDelivery> {
  let consumer: Consumer | null = null;
  while (!stop.aborted) {
    try {
      consumer ??= await consumerOf(link, ledger, addressee, redeliverAfterMs);
      const message = await pull(link, consumer, stop);
      if (message !== null) yield deliveryOf(link, message);
      // Nothing to do, or nobody there: a server that is cut off does not tell.
      else if (!stop.aborted) await orReconnected(link, consumer.info());
    } catch (error) {
      if (stop.aborted) return;
      const fault = natsFault('Waiting for steps', error, 'channel_unavailable', link.login);
      if (!fault.retryable) throw fault;
      consumer = null;
      await delay(RESUME_PAUSE_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }
}
