/**
 * Commits as log messages and back: payload = the entries' lines, headers = the rest of the commit
 * (ledger format, "Commit"). Header names are case-sensitive in the client.
 */
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { Fault } from '../../commands/ports/fault.ts';
import type { Commit, StoredCommit } from '../../events/commit.ts';
import {
  HEADER_COMMIT_ID,
  HEADER_COUNT,
  HEADER_FIRST,
  HEADER_ROOT,
} from '../../events/commit-codec.ts';
import type { CommitId, EntrySequence, LogPosition } from '../../events/ids.ts';

const INTEGER = /^(0|[1-9][0-9]{0,15})$/;

/** What the client and the server add to a commit's own headers, generously. */
export const MESSAGE_OVERHEAD_BYTES = 1_024;

/** Without the commit id: the client sets that header itself. */
export function headersOf(commit: Commit): MsgHdrs {
  const sent = headers();
  sent.set(HEADER_FIRST, String(commit.first));
  sent.set(HEADER_COUNT, String(commit.count));
  sent.set(HEADER_ROOT, commit.root);
  return sent;
}

/** @throws Fault log_corrupt, when a header is missing or malformed */
export function commitOfMessage(
  position: number,
  found: MsgHdrs | undefined,
  payload: Uint8Array,
): StoredCommit {
  const header = (name: string): string => {
    const value = found?.get(name) ?? '';
    if (value !== '') return value;
    throw new Fault('log_corrupt', `The message at position ${position} has no ${name}.`, {
      retryable: false,
    });
  };
  const integer = (name: string): number => {
    const value = header(name);
    if (INTEGER.test(value)) return Number(value);
    throw new Fault('log_corrupt', `The message at position ${position} has ${name} ${value}.`, {
      retryable: false,
    });
  };
  return {
    position: position as LogPosition,
    id: header(HEADER_COMMIT_ID) as CommitId,
    first: integer(HEADER_FIRST) as EntrySequence,
    count: integer(HEADER_COUNT),
    root: header(HEADER_ROOT),
    payload,
  };
}
