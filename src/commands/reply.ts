/** What a command or query is answered with, as one JSON object on the wire. */
import { Fault } from './ports/fault.ts';
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

/** Replies come from the authority one is configured to use; a garbled one is a bug or a stranger. */
export function decodeReply(bytes: Uint8Array): Reply {
  const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Reply;
  if (!['recorded', 'refused', 'fault'].includes(value.status))
    throw new Error('not a reply to a command');
  return value;
}
