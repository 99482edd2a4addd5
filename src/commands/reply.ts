/** What a command or query is answered with, as one JSON object on the wire. */
import { Fault, FAULTS } from './ports/fault.ts';
import type { FaultCode } from './ports/fault.ts';
import type { Refusal } from './refusal.ts';

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
  if (!isReply(value ?? {})) throw garbled();
  return value as Reply;
}

function isReply(value: Partial<Record<string, unknown>>): boolean {
  const { status, sequence, count, repeated, code, message, retryable } = value;
  // An idle tick is recorded nowhere: -1.
  if (status === 'recorded')
    return (sequence === -1 || isCount(sequence)) && isCount(count) && isFlag(repeated);
  const said = typeof message === 'string' && typeof code === 'string';
  if (status === 'refused') return said && isFlag(retryable);
  return status === 'fault' && said && Object.hasOwn(FAULTS, code);
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isFlag = (value: unknown): boolean => typeof value === 'boolean';

function garbled(cause?: unknown): Fault {
  const message = 'What came back is no reply to a command.';
  return new Fault('channel_unavailable', message, { retryable: false, cause });
}
