/**
 * A recording as a file that takes back what it lends: it is read from its start on, some at a time,
 * and of what was read before, no more is left than what a reader looks at and what comes next. Who
 * reads it as a whole is refused, and who kept a piece finds nothing in it.
 */
import assert from 'node:assert';
import type { RecordedFile } from '../roles/audit/recorded-lines.ts';

/** More at a time is no reading in pieces. */
const LENT_BYTES_MAX = 4 * 1024 * 1024;

export class LentRecording implements RecordedFile {
  readonly size: number;
  /** How often it was begun. */
  readings = 0;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #onRead: () => unknown;
  #lent: ArrayBuffer[] = [];
  #next = 0;

  constructor(bytes: Uint8Array, onRead: () => unknown = () => undefined) {
    this.#bytes = new Uint8Array(bytes);
    this.#onRead = onRead;
    this.size = bytes.byteLength;
  }

  slice(from: number, end: number): RecordedFile {
    const to = Math.min(end, this.size);
    return {
      size: Math.max(0, to - from),
      slice: (inner, innerEnd) => this.slice(from + inner, Math.min(from + innerEnd, to)),
      arrayBuffer: async () => this.#lend(from, to),
    };
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    throw new Error('a recording is not read as a whole');
  }

  #lend(from: number, to: number): ArrayBuffer {
    // Who reads ahead asks beyond the end.
    if (from >= this.size) return new ArrayBuffer(0);
    assert(to - from <= LENT_BYTES_MAX, `${to - from} bytes are too many at a time`);
    assert(from === 0 || from === this.#next, `read at ${from}, where ${this.#next} comes next`);
    if (from === 0) this.readings += 1;
    this.#next = to;
    this.#onRead();
    // The one before is being looked at while this one is asked for.
    for (const buffer of this.#lent.splice(0, from === 0 ? Infinity : this.#lent.length - 1))
      buffer.transfer();
    const lent = this.#bytes.slice(from, to).buffer;
    this.#lent.push(lent);
    return lent;
  }
}
