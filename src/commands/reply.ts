/** What a command or query is answered with, as one JSON object on the wire. */
import { Fault, FAULTS } from './ports/fault.ts';
import type { FaultCode } from './ports/fault.ts';
import type { Refusal, RefusalCode } from './refusal.ts';

export type Reply =
  | {
      readonly status: 'recorded';
      /** Sequence of the command's own entry. */
      readonly sequence: number;
      /** Entries that it led to, its own included; 0 for a tick with nothing due. */
      readonly count: number;
      /** The command had been recorded before: this is the same answer again. */
      readonly repeated: boolean;
    }
  | ({ readonly status: 'refused' } & Refusal)
  | { readonly status: 'fault'; readonly code: FaultCode; readonly message: string };

export const faultReply = (error: unknown): Reply => ({
  status: 'fault',
  code: error instanceof Fault ? error.code : 'log_unavailable',
  message: error instanceof Error ? error.message : String(error),
});

export const encodeReply = (reply: Reply): Uint8Array => Buffer.from(JSON.stringify(reply));

/**
 * A garbled reply is no answer: it comes from a stranger, or from an authority of another version.
 * @throws Fault channel_unavailable
 */
export function decodeReply(bytes: Uint8Array): Reply {
  let value: Partial<Record<string, unknown>> | null;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8')) as typeof value;
  } catch (error) {
    throw garbled(error);
  }
  const reply = replyOf(value ?? {});
  if (reply === null) throw garbled();
  return reply;
}

/** Its known members alone: nothing rides along that nobody has looked at. */
function replyOf(value: Partial<Record<string, unknown>>): Reply | null {
  const { status, sequence, count, repeated, code, message, retryable } = value;
  if (status === 'recorded') {
    // An idle tick is recorded nowhere: -1.
    const isPlace = isCount(sequence) || (sequence === -1 && count === 0);
    const whole = isPlace && isCount(count) && typeof repeated === 'boolean';
    return whole ? { status, sequence, count, repeated } : null;
  }
  if (typeof message !== 'string' || typeof code !== 'string') return null;
  if (status === 'refused' && typeof retryable === 'boolean') {
    // A code that this version does not know is still an answer: its message says what it means.
    return { status, code: code as RefusalCode, message, retryable };
  }
  const isFault = status === 'fault' && Object.hasOwn(FAULTS, code);
  return isFault ? { status, code: code as FaultCode, message } : null;
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

function garbled(cause?: unknown): Fault {
  const message = 'What came back is no reply to a command.';
  return new Fault('channel_unavailable', message, { retryable: false, cause });
}
