/**
 * NDJSON -> events and leaf hashes, one line after another and nothing kept: what a commit's payload,
 * a recording and a piece of either have in common. Invariant: each line gives what `decodeEvent` and
 * `leafHash` give of it, in order, and no line is skipped - an empty one is a line that does not decode.
 */
import { right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { CanonicalText, LINE_FEED } from './canonical-text.ts';
import type { LedgerEvent } from './catalogue.ts';
import { MAX_ENTRY_BYTES } from './commit.ts';
import type { EventError } from './decode-event.ts';
import { decodeEventStrictly } from './decode-event.ts';
import { sha256 } from './digest.ts';
import type { Entry } from './entry.ts';
import type { Hash } from './merkle.ts';
import { readEvent } from './read-event.ts';
import { statementAround, statementBytes } from './statement.ts';

export class EventLines {
  readonly #text = new CanonicalText();
  #start = 1;
  #end = 1;
  #isCanonical = false;

  /** @param ndjson lines; it is copied. A last one without its newline counts as a line. */
  load(ndjson: Uint8Array): void {
    this.#text.load(ndjson);
    this.#start = this.#end = 1;
  }

  /** Null after the last line. */
  next(): Either<EventError, LedgerEvent> | null {
    const text = this.#text;
    if (text.at >= text.end) return null;
    this.#start = text.at;
    const event = readEvent(text);
    this.#isCanonical = event !== undefined;
    if (event === undefined) return this.#strictly();
    this.#end = text.at;
    text.at += 1;
    return right(event);
  }

  /** The line just read, without its newline: a view that the next `load` overwrites. */
  get line(): Uint8Array {
    return this.#text.bytes.subarray(this.#start, this.#end);
  }

  /** Leaf of the tree for the line just read, hashed where it lies: the byte before it is free. */
  leafHash(): Hash {
    const { bytes } = this.#text;
    bytes[this.#start - 1] = 0x00;
    // A plain view: a Buffer's own subarray takes as long as hashing a short line.
    const from = bytes.byteOffset + this.#start - 1;
    return sha256(new Uint8Array(bytes.buffer, from, this.#end - this.#start + 1));
  }

  /**
   * What the author of the event just read signed: `statementBytes` of it. Where the line is
   * canonical its data is taken as it stands; printing it again would take as long as reading it.
   */
  statementBytes(event: LedgerEvent): Uint8Array {
    if (!this.#isCanonical) return statementBytes(event as unknown as Entry);
    const { dataAt } = this.#text;
    return statementAround(event, this.#text.slice(dataAt, this.#end - 1 - dataAt));
  }

  #strictly(): Either<EventError, LedgerEvent> {
    const text = this.#text;
    const found = text.bytes.indexOf(LINE_FEED, this.#start);
    this.#end = found;
    text.at = found + 1;
    return decodeEventStrictly(this.line);
  }
}

/**
 * Chunks of a stream, cut after newlines; what follows the last newline comes by itself at the end.
 * Of a line far over the limit the rest is dropped: it still is too large to decode, and memory stays
 * bounded whatever the stream holds.
 */
export async function* wholeLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const cut = chunk.lastIndexOf(LINE_FEED) + 1;
    if (cut > 0) {
      yield rest.byteLength === 0
        ? chunk.subarray(0, cut)
        : Buffer.concat([rest, chunk.subarray(0, cut)]);
      rest = Buffer.from(chunk.subarray(cut));
    } else if (rest.byteLength <= MAX_ENTRY_BYTES) rest = Buffer.concat([rest, chunk]);
  }
  if (rest.byteLength > 0) yield rest;
}
