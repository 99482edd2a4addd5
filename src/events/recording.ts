/**
 * A recording: `<name>.ndjson` holds all entries from sequence 0, each line ended by a newline;
 * `<name>.checkpoint` is a signed checkpoint of exactly that many. Invariant: a recording that
 * verifies is, byte for byte, the prefix of the ledger that the key signed; one that does not is
 * refused with the first sequence that is known to be bad, whenever the bytes themselves betray it.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { verifyCheckpoint } from './checkpoint.ts';
import type { CheckpointError } from './checkpoint.ts';
import { readLine } from './decode-event.ts';
import { decodeEntry } from './entry.ts';
import type { EntryError } from './entry.ts';
import { CompactRange, leafHash } from './merkle.ts';
import type { Hash } from './merkle.ts';
import { verifyEntrySignature } from './statement.ts';

export type RecordingErrorCode =
  | 'recording_bad_checkpoint'
  | 'recording_bad_entry' // the line does not decode
  | 'recording_entry_missing' // a later entry stands where this one should
  | 'recording_entry_repeated' // an earlier entry stands where this one should
  | 'recording_truncated' // fewer entries than the checkpoint counts, or half a line
  | 'recording_too_long' // more entries than the checkpoint counts
  | 'recording_bad_signature' // the root is wrong, and this author's signature too
  | 'recording_wrong_root'; // some entry was altered; which one cannot be known

export interface RecordingError {
  readonly code: RecordingErrorCode;
  readonly message: string;
  /** First sequence known to be bad; null when only the whole is. */
  readonly sequence: number | null;
  readonly cause?: EntryError | CheckpointError;
}

const NEWLINE = 0x0a;

/** The lines without their newlines, as views; a last line without a newline comes too. */
export function* splitRecording(ndjson: Uint8Array): Generator<Uint8Array, void, void> {
  for (let start = 0; start < ndjson.byteLength;) {
    const found = ndjson.indexOf(NEWLINE, start);
    const end = found < 0 ? ndjson.byteLength : found;
    yield ndjson.subarray(start, end);
    start = end + 1;
  }
}

/** @param origin that the checkpoint must be for; by default the verifier key's name. */
export function verifyRecording(
  ndjson: Uint8Array,
  checkpointText: string,
  verifierKey: string,
  origin?: string,
): Either<RecordingError, { readonly size: number; readonly root: Hash }> {
  const signed = verifyCheckpoint(verifierKey, checkpointText, origin);
  if (E.isLeft(signed)) {
    const message = `the checkpoint does not verify: ${signed.left.message}`;
    return refuse('recording_bad_checkpoint', null, message, signed.left);
  }
  const { size, root } = signed.right;
  const range = CompactRange.empty();
  for (const line of splitRecording(ndjson)) {
    const step = checkLine(line, range.size, size);
    if (E.isLeft(step)) return step;
    range.append(leafHash(line));
  }
  const ended = ndjson.byteLength === 0 || ndjson[ndjson.byteLength - 1] === NEWLINE;
  if (!ended) {
    return refuse('recording_truncated', range.size - 1, 'the last line has no newline');
  }
  if (range.size < size) {
    const message = `the checkpoint counts ${size} entries, the recording holds ${range.size}`;
    return refuse('recording_truncated', range.size, message);
  }
  if (Buffer.compare(range.root(), root) !== 0) return E.left(blame(ndjson));
  return E.right({ size, root });
}

function checkLine(
  line: Uint8Array,
  sequence: number,
  size: number,
): Either<RecordingError, number> {
  if (sequence >= size) {
    return refuse('recording_too_long', sequence, `the checkpoint counts ${size} entries`);
  }
  // Events go the fast way; entries of types that this catalogue does not know are entries too.
  const event = readLine(line);
  const entry = event === undefined ? decodeEntry(line) : E.right(event);
  if (E.isLeft(entry)) {
    return refuse('recording_bad_entry', sequence, entry.left.message, entry.left);
  }
  const found = entry.right.sequence;
  if (found === sequence) return E.right(found);
  const code = found > sequence ? 'recording_entry_missing' : 'recording_entry_repeated';
  return refuse(code, sequence, `entry ${found} stands where entry ${sequence} should`);
}

/**
 * Why the root is wrong, as far as the lines can tell: an altered statement betrays itself by its
 * author's signature. Only reached on a mismatch, so honest recordings do not pay for it here.
 */
function blame(ndjson: Uint8Array): RecordingError {
  let sequence = 0;
  for (const line of splitRecording(ndjson)) {
    const entry = decodeEntry(line);
    if (E.isRight(entry) && entry.right.sig !== undefined && !verifyEntrySignature(entry.right)) {
      const message = "the root is not the signed one, and this entry's author did not sign it so";
      return { code: 'recording_bad_signature', sequence, message };
    }
    sequence += 1;
  }
  const message = 'the root is not the signed one: some entry was altered';
  return { code: 'recording_wrong_root', sequence: null, message };
}

function refuse(
  code: RecordingErrorCode,
  sequence: number | null,
  message: string,
  cause?: EntryError | CheckpointError,
): Either<RecordingError, never> {
  const error = { code, sequence, message };
  return E.left(cause === undefined ? error : { ...error, cause });
}
