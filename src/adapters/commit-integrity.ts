/**
 * What every log adapter checks of a commit, whatever it stores it in. On the way in: a commit whose
 * frame contradicts its payload is a bug of the caller (assertion), one over the size limit a fault.
 * On the way out: frame and payload must agree and commits must be contiguous, else the store is
 * corrupt. The tree root is carried here and checked by whoever folds the entries.
 */
import assert from 'node:assert';
import {
  MAX_COMMIT_BYTES,
  MAX_ENTRIES_PER_COMMIT,
  type Commit,
  type StoredCommit,
} from '../events/commit.ts';
import { Fault } from '../commands/ports/fault.ts';

const NEWLINE = 0x0a;

function lineCount(payload: Uint8Array): number {
  let count = 0;
  for (let at = payload.indexOf(NEWLINE); at >= 0; at = payload.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

const endsInNewline = (payload: Uint8Array): boolean => payload[payload.length - 1] === NEWLINE;

/** @throws Fault commit_too_large */
export function checkAppendable(commit: Commit): void {
  assert(commit.id.length > 0, 'a commit has an id');
  assert(commit.count >= 1 && commit.count <= MAX_ENTRIES_PER_COMMIT, 'commit count in bounds');
  assert(Number.isSafeInteger(commit.first) && commit.first >= 0, 'first is a sequence');
  if (commit.payload.length > MAX_COMMIT_BYTES) {
    throw new Fault(
      'commit_too_large',
      `The commit has ${commit.payload.length} bytes; at most ${MAX_COMMIT_BYTES} fit. Split it.`,
      { retryable: false },
    );
  }
  assert(endsInNewline(commit.payload), 'every entry ends in a newline');
  assert(lineCount(commit.payload) === commit.count, 'count is the number of lines');
}

/**
 * `nextSequence` is the sequence the commit must start at; null when the reader began in the middle.
 * @throws Fault log_corrupt
 */
export function checkStored(commit: StoredCommit, nextSequence: number | null): StoredCommit {
  const corrupt = (what: string): Fault =>
    new Fault('log_corrupt', `The log is corrupt at position ${commit.position}: ${what}.`, {
      retryable: false,
    });
  if (nextSequence !== null && commit.first !== nextSequence) {
    throw corrupt(`it starts at entry ${commit.first}, expected ${nextSequence}`);
  }
  if (!endsInNewline(commit.payload)) throw corrupt('its last line is cut off');
  const lines = lineCount(commit.payload);
  if (lines !== commit.count) throw corrupt(`${lines} lines where ${commit.count} are declared`);
  return commit;
}
