/**
 * Lines held against what a signed head counts, as they come: each an entry, in sequence, and together
 * the signed tree. Invariant: the answer is the same wherever the chunks are cut, and what is held is at
 * most the beginning of one line.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { MAX_ENTRY_BYTES } from './commit.ts';
import { readLine } from './decode-event.ts';
import { decodeEntry, entryTooLarge } from './entry.ts';
import type { EntryError } from './entry.ts';
import { CompactRange, leafHash } from './merkle.ts';
import type { Hash } from './merkle.ts';
import { recordingError } from './recording-error.ts';
import type { RecordingError } from './recording-error.ts';

const NEWLINE = 0x0a;

export class CountedLines {
  readonly #size: number;
  readonly #root: Hash;
  readonly #range = CompactRange.empty();
  /** Of a line that goes on in the next chunk; none of one that is too large already. */
  #begun: Uint8Array[] = [];
  #begunBytes = 0;

  constructor({ size, root }: { readonly size: number; readonly root: Hash }) {
    this.#size = size;
    this.#root = root;
  }

  /** @param chunk cut anywhere, after those before it; null: nothing is wrong so far */
  take(chunk: Uint8Array): RecordingError | null {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const error = this.#line(chunk.subarray(start, end));
      if (error !== null) return error;
      start = end + 1;
    }
    if (start < chunk.byteLength) this.#begin(chunk.subarray(start));
    return null;
  }

  /** `altered`: all that is wrong is the root. */
  end(): RecordingError | null | 'altered' {
    if (this.#begunBytes > 0) {
      const error = this.#line(new Uint8Array(0));
      const at = this.#range.size - 1;
      return error ?? recordingError('recording_truncated', at, 'the last line has no newline');
    }
    const { size } = this.#range;
    if (size < this.#size) {
      const message = `the checkpoint counts ${this.#size} entries, the recording holds ${size}`;
      return recordingError('recording_truncated', size, message);
    }
    return Buffer.compare(this.#range.root(), this.#root) === 0 ? null : 'altered';
  }

  #begin(part: Uint8Array): void {
    this.#begunBytes += part.byteLength;
    if (this.#begunBytes <= MAX_ENTRY_BYTES) this.#begun.push(new Uint8Array(part));
    else this.#begun = [];
  }

  /** @param tail the line, or what of it had not begun */
  #line(tail: Uint8Array): RecordingError | null {
    const bytes = this.#begunBytes + tail.byteLength;
    const line = this.#begunBytes === 0 ? tail : Buffer.concat([...this.#begun, tail]);
    this.#begun = [];
    this.#begunBytes = 0;
    const error = checkLine(line, bytes, this.#range.size, this.#size);
    if (error === null) this.#range.append(leafHash(line));
    return error;
  }
}

/** @param bytes of the line, of which some are not there where they are too many */
function checkLine(
  line: Uint8Array,
  bytes: number,
  sequence: number,
  size: number,
): RecordingError | null {
  if (sequence >= size)
    return recordingError('recording_too_long', sequence, `the checkpoint counts ${size} entries`);
  const entry = bytes > MAX_ENTRY_BYTES ? entryTooLarge() : sequenced(line);
  if (E.isLeft(entry))
    return recordingError('recording_bad_entry', sequence, entry.left.message, entry.left);
  const found = entry.right.sequence;
  if (found === sequence) return null;
  const code = found > sequence ? 'recording_entry_missing' : 'recording_entry_repeated';
  return recordingError(code, sequence, `entry ${found} stands where entry ${sequence} should`);
}

/** Events go the fast way; entries of types that this catalogue does not know are entries too. */
function sequenced(line: Uint8Array): Either<EntryError, { readonly sequence: number }> {
  const event = readLine(line);
  return event === undefined ? decodeEntry(line) : E.right(event);
}
