/**
 * One bound for everything a channel carries, whatever the adapter, so that a run which works on one
 * machine does not fail on a server: requests, replies and steps stay below the default
 * `max_payload` of a NATS server.
 */
import { Fault } from '../commands/ports/fault.ts';

export const MAX_MESSAGE_BYTES = 1_000_000;

/** @throws Fault payload_too_large */
export function checkMessageSize(what: string, payload: Uint8Array): void {
  if (payload.length <= MAX_MESSAGE_BYTES) return;
  throw new Fault(
    'payload_too_large',
    `The ${what} has ${payload.length} bytes; at most ${MAX_MESSAGE_BYTES} are carried. Put heavy bytes into an artifact.`,
    { retryable: false },
  );
}
