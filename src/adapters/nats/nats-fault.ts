/**
 * What the client and the server report, as faults. Transient is what may be over in a moment (no
 * leader elected yet, connection lost, no answer in time): such calls are repeated by `persistently`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { Fault, type FaultCode } from '../../commands/ports/fault.ts';

/** Error codes of the JetStream API (nats-server, server/errors.json). */
/** Wrong last message id, wrong last sequence (known, and not known yet while writes are in flight). */
const NOT_NEXT: readonly number[] = [10070, 10071, 10164];
export const STORE_FAILED = 10077;
export const STREAM_NAME_IN_USE = 10058;
const STREAM_NOT_FOUND = 10059;
const NOT_ENABLED: readonly number[] = [10039, 10076];
const NO_SPACE: readonly number[] = [10023, 10028, 10047];
/** A cluster that is still coming together has no place for three replicas yet. */
const NO_PEERS = 10005;
/** The same commit is on its way: a leader that cannot reach its followers says so for seconds. */
const DUPLICATE_IN_PROCESS = 10158;
const TOO_LARGE = 10054;
/** How a failed store says, in words only, that there is no room. */
const NO_ROOM = /no space left|maximum bytes|resource limits/;
const SERVICE_UNAVAILABLE = 503;

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

/** An append was refused for its place in the log, not for anything else. */
export const isNotNext = (error: unknown): boolean =>
  error instanceof JetStreamApiError && NOT_NEXT.includes(error.code);

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

const isForbidden = (error: unknown): boolean =>
  error instanceof errors.PermissionViolationError ||
  error instanceof errors.AuthorizationError ||
  error instanceof errors.UserAuthenticationExpiredError;

const isFull = (error: JetStreamApiError): boolean =>
  NO_SPACE.includes(error.code) || (error.code === STORE_FAILED && NO_ROOM.test(error.message));

export function isTransient(error: unknown): boolean {
  // A permission refused to a request arrives as the cause of the request's failure.
  if (isForbidden(error) || isForbidden(causeOf(error))) return false;
  if (error instanceof JetStreamApiError) {
    const isSettled = NOT_ENABLED.includes(error.code) || isFull(error);
    const isUnderWay = error.code === NO_PEERS || error.code === DUPLICATE_IN_PROCESS;
    return isUnderWay || (error.status === SERVICE_UNAVAILABLE && !isSettled);
  }
  // "JetStream not enabled" is how the client reports that nobody answered, mid-election too.
  const isUnheard = causeOf(error) instanceof errors.RequestError;
  return (
    isUnheard ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.RequestError ||
    error instanceof errors.ConnectionError
  );
}

/** Repeats a call that may safely be repeated, with growing pauses, until the patience is used up. */
export async function persistently<T>(patienceMs: number, call: () => Promise<T>): Promise<T> {
  const until = Date.now() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await call();
    } catch (error) {
      if (!isTransient(error) || Date.now() + pauseMs > until) throw error;
    }
    await delay(pauseMs);
  }
}

function meaningOf(error: unknown): { code: FaultCode; retryable: boolean } | null {
  if (isForbidden(error) || isForbidden(causeOf(error))) {
    return { code: 'permission_denied', retryable: false };
  }
  if (!(error instanceof JetStreamApiError)) return null;
  if (error.code === STREAM_NOT_FOUND) return { code: 'log_not_found', retryable: false };
  if (NOT_ENABLED.includes(error.code)) return { code: 'jetstream_disabled', retryable: false };
  if (isFull(error)) return { code: 'storage_full', retryable: false };
  if (error.code === TOO_LARGE) return { code: 'commit_too_large', retryable: false };
  return null;
}

/**
 * @param otherwise what the caller's user sees when the server cannot be used
 * @param login by which the server knows who asked, told where that may not do it; null: by none
 */
export function natsFault(
  doing: string,
  error: unknown,
  otherwise: FaultCode,
  login?: string | null,
): Fault {
  if (error instanceof Fault) return error;
  // A connection that its owner closed does not come back.
  const isOver = error instanceof errors.ClosedConnectionError;
  const meaning = meaningOf(error) ?? { code: otherwise, retryable: !isOver };
  const said = error instanceof Error ? error.message : String(error);
  const isAbout = login !== undefined && meaning.code === 'permission_denied';
  const who = isAbout ? (login === null ? ', without a login' : `, as ${login}`) : '';
  return new Fault(meaning.code, `${doing}${who}: ${said}.`, {
    retryable: meaning.retryable,
    cause: error,
  });
}
