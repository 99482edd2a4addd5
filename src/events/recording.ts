/**
 * A recording: `<name>.ndjson` holds all entries from sequence 0, each line ended by a newline;
 * `<name>.checkpoint` is a signed checkpoint of exactly that many. Invariant: a recording that
 * verifies is, byte for byte, the prefix of the ledger that the key signed; one that does not is
 * refused with the first sequence that is known to be bad, whenever the bytes themselves betray it.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { verifyCheckpoint } from './checkpoint.ts';
import { CountedLines } from './counted-lines.ts';
import { decodeEntry } from './entry.ts';
import { wholeLines } from './event-lines.ts';
import type { Hash } from './merkle.ts';
import { recordingError } from './recording-error.ts';
import type { RecordingError } from './recording-error.ts';
import { verifyEntrySignature } from './statement.ts';

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

type Verified = Either<RecordingError, { readonly size: number; readonly root: Hash }>;

/** @param origin that the checkpoint must be for; by default the verifier key's name. */
export function verifyRecording(
  ndjson: Uint8Array,
  checkpointText: string,
  verifierKey: string,
  origin?: string,
): Verified {
  const signed = signedHead(checkpointText, verifierKey, origin);
  if (E.isLeft(signed)) return signed;
  const counted = new CountedLines(signed.right);
  const found = counted.take(ndjson) ?? counted.end();
  if (found !== 'altered') return found === null ? signed : E.left(found);
  return E.left(new Blame().take(ndjson) ?? ALTERED);
}

/**
 * The same of a recording that is not held.
 * @param chunks of it from its start, cut anywhere, as often as it is asked; none is kept
 */
export async function verifyChunks(
  chunks: () => AsyncIterable<Uint8Array>,
  checkpointText: string,
  verifierKey: string,
): Promise<Verified> {
  const signed = signedHead(checkpointText, verifierKey);
  if (E.isLeft(signed)) return signed;
  const counted = new CountedLines(signed.right);
  for await (const chunk of chunks()) {
    const error = counted.take(chunk);
    if (error !== null) return E.left(error);
  }
  const found = counted.end();
  if (found !== 'altered') return found === null ? signed : E.left(found);
  const blame = new Blame();
  for await (const piece of wholeLines(chunks())) {
    const error = blame.take(piece);
    if (error !== null) return E.left(error);
  }
  return E.left(ALTERED);
}

function signedHead(checkpointText: string, verifierKey: string, origin?: string): Verified {
  const signed = verifyCheckpoint(verifierKey, checkpointText, origin);
  if (E.isRight(signed)) return E.right({ size: signed.right.size, root: signed.right.root });
  const message = `the checkpoint does not verify: ${signed.left.message}`;
  return E.left(recordingError('recording_bad_checkpoint', null, message, signed.left));
}

/**
 * Why the root is wrong, as far as the lines can tell: an altered statement betrays itself by its
 * author's signature. Only reached on a mismatch, so honest recordings do not pay for it here.
 */
class Blame {
  #sequence = 0;

  /** @param ndjson whole lines, after those before them */
  take(ndjson: Uint8Array): RecordingError | null {
    for (const line of splitRecording(ndjson)) {
      const entry = decodeEntry(line);
      if (E.isRight(entry) && entry.right.sig !== undefined && !verifyEntrySignature(entry.right)) {
        const message =
          "the root is not the signed one, and this entry's author did not sign it so";
        return recordingError('recording_bad_signature', this.#sequence, message);
      }
      this.#sequence += 1;
    }
    return null;
  }
}

const ALTERED: RecordingError = {
  code: 'recording_wrong_root',
  sequence: null,
  message: 'the root is not the signed one: some entry was altered',
};
