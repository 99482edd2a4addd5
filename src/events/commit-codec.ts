/**
 * Entries to a commit's payload and back: every line ended by one newline, nothing else. The
 * header names are those of the log message that carries a commit. Invariant: what `packCommit`
 * makes, `unpackCommit` takes apart into the same lines; a stored commit whose bytes contradict its
 * own count or limits gives a `CommitError`, never a partial answer.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { base64Of, bytesOfBase64 } from './base64.ts';
import { MAX_COMMIT_BYTES, MAX_ENTRIES_PER_COMMIT, MAX_ENTRY_BYTES } from './commit.ts';
import type { Commit } from './commit.ts';
import type { CommitId, EntrySequence } from './ids.ts';
import { HASH_BYTES } from './merkle.ts';

export const HEADER_COMMIT_ID = 'Nats-Msg-Id';
export const HEADER_FIRST = 'Daybook-First';
export const HEADER_COUNT = 'Daybook-Count';
export const HEADER_ROOT = 'Daybook-Root';

export type CommitErrorCode =
  | 'commit_bad_first'
  | 'commit_bad_count'
  | 'commit_bad_root'
  | 'commit_too_large'
  | 'commit_no_final_newline'
  | 'commit_count_mismatch'
  | 'commit_empty_line'
  | 'commit_entry_too_large';

export interface CommitError {
  readonly code: CommitErrorCode;
  readonly message: string;
}

const NEWLINE = 0x0a;

/** Payload size of a commit of these lines; to be kept at or below `MAX_COMMIT_BYTES`. */
export function payloadBytes(lines: readonly Uint8Array[]): number {
  return lines.reduce((sum, line) => sum + line.byteLength + 1, 0);
}

/**
 * @param lines entries as `encodeEntry` gives them, 1..`MAX_ENTRIES_PER_COMMIT`
 * @param rootAfter 32 bytes: the tree's root with these entries
 * @throws AssertionError over a limit: who groups decisions keeps to the limits before
 */
export function packCommit(
  id: CommitId,
  first: EntrySequence,
  lines: readonly Uint8Array[],
  rootAfter: Uint8Array,
): Commit {
  const payload = new Uint8Array(payloadBytes(lines));
  let offset = 0;
  for (const line of lines) {
    assert(!line.includes(NEWLINE), 'an entry is one line');
    payload.set(line, offset);
    offset += line.byteLength;
    payload[offset++] = NEWLINE;
  }
  const commit = { id, first, count: lines.length, root: base64Of(rootAfter), payload };
  const problem = checkCommit(commit);
  if (E.isLeft(problem)) assert.fail(`${problem.left.code}: ${problem.left.message}`);
  return commit;
}

/** The lines, without newlines, as views into the payload. Their JSON is not looked at. */
export function unpackCommit(stored: Commit): Either<CommitError, readonly Uint8Array[]> {
  return checkCommit(stored);
}

function checkCommit(commit: Commit): Either<CommitError, readonly Uint8Array[]> {
  const { first, count, payload } = commit;
  if (!Number.isSafeInteger(first) || first < 0 || !Number.isSafeInteger(first + count)) {
    return refuse('commit_bad_first', `first is no entry sequence: ${String(first)}`);
  }
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_ENTRIES_PER_COMMIT) {
    return refuse(
      'commit_bad_count',
      `count is not 1..${MAX_ENTRIES_PER_COMMIT}: ${String(count)}`,
    );
  }
  if (bytesOfBase64(commit.root)?.byteLength !== HASH_BYTES) {
    return refuse('commit_bad_root', 'root is not the base64 of 32 bytes');
  }
  if (payload.byteLength > MAX_COMMIT_BYTES) {
    return refuse('commit_too_large', `${payload.byteLength} bytes; at most ${MAX_COMMIT_BYTES}`);
  }
  return linesOf(payload, count);
}

function linesOf(payload: Uint8Array, count: number): Either<CommitError, readonly Uint8Array[]> {
  if (payload[payload.byteLength - 1] !== NEWLINE) {
    return refuse('commit_no_final_newline', 'the payload does not end with a newline');
  }
  const lines: Uint8Array[] = [];
  for (let start = 0; start < payload.byteLength;) {
    const end = payload.indexOf(NEWLINE, start);
    if (end === start) return refuse('commit_empty_line', `line ${lines.length} is empty`);
    if (end - start > MAX_ENTRY_BYTES) {
      return refuse('commit_entry_too_large', `line ${lines.length} has ${end - start} bytes`);
    }
    lines.push(payload.subarray(start, end));
    start = end + 1;
  }
  if (lines.length === count) return E.right(lines);
  return refuse('commit_count_mismatch', `count says ${count}, the payload has ${lines.length}`);
}

function refuse(code: CommitErrorCode, message: string): Either<CommitError, never> {
  return E.left({ code, message });
}
