/**
 * A cursor over canonical JSON as it lies in memory: what reads through it either finds exactly the
 * bytes that the writer would have written, or gives up and says nothing of why. Literals are
 * compared four bytes at a time, plain strings are runs of one byte a character.
 * Invariant: every loaded text is followed by a line feed, which no literal and no run contains, so
 * no reader gets past the end of its line and none needs to ask where that is.
 */
import assert from 'node:assert';

/** Undefined: not canonical, or not valid. JSON has no undefined, so it is free to mean that. */
export type Read<A> = (text: CanonicalText) => A | undefined;

export const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Bytes that words may be read of past the end of what was loaded. */
const PADDING_BYTES = 512;

/** Bytes of a set, as a table of ones: `table[byte] === 1`. */
export type ByteSet = Uint8Array;

export function byteSet(members: string): ByteSet {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(members, 'latin1')) table[byte] = 1;
  return table;
}

export const DIGITS = byteSet('0123456789');

/** Four of the same byte in a word. */
const each = (byte: number): number => byte * 0x01010101;
const HIGH_BITS = each(0x80) | 0;

/**
 * Whether all four bytes of a word are ASCII from `lowest` to `~` that a JSON string holds as they
 * stand: no quote, no backslash. Each term has a byte's high bit set when that byte fails it (Hacker's
 * Delight, 6-1, "find first 0-byte"); a borrow can only follow a failure, so no word passes by one.
 */
const isPlainWord = (word: number, lowest: number): boolean =>
  ((word |
    (word + each(1)) |
    (word - lowest) |
    ((word ^ each(QUOTE)) - each(1)) |
    ((word ^ each(BACKSLASH)) - each(1))) &
    HIGH_BITS) ===
  0;

/** Text to be found as it stands. ASCII, at least one character, no line feed. */
export class Literal {
  readonly bytes: Uint8Array;
  /** The whole words from the start, little endian. */
  readonly words: Int32Array;
  /** The last four bytes, which overlap the whole words. */
  readonly last: number;

  constructor(text: string) {
    this.bytes = Buffer.from(text, 'latin1');
    assert(!this.bytes.includes(LINE_FEED) && text.length > 0, 'a literal lies within one line');
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    this.words = Int32Array.from({ length: text.length >> 2 }, (_, index) =>
      view.getInt32(4 * index, true),
    );
    this.last = text.length < 4 ? 0 : view.getInt32(text.length - 4, true);
  }
}

export class CanonicalText {
  #buffer = Buffer.alloc(0);
  /** What was loaded, from 1 on: the byte before a line is free, for a hash's prefix. */
  bytes: Uint8Array = this.#buffer;
  view = new DataView(new ArrayBuffer(0));
  /** The next byte to be read. */
  at = 1;
  /** Where the data of the entry just read begins. */
  dataAt = 1;
  /** Past the last byte loaded. */
  end = 1;

  /** Copies, so that what is read stays the same while it is read. */
  load(text: Uint8Array): void {
    const bytes = text.byteLength;
    if (this.#buffer.byteLength < bytes + PADDING_BYTES) this.#grow(bytes + PADDING_BYTES);
    this.#buffer.set(text, 1);
    this.at = 1;
    this.end = 1 + bytes;
    this.#buffer[this.end] = LINE_FEED;
  }

  #grow(bytes: number): void {
    this.#buffer = Buffer.alloc(2 * bytes);
    this.bytes = this.#buffer;
    const { buffer, byteOffset, byteLength } = this.#buffer;
    this.view = new DataView(buffer, byteOffset, byteLength);
  }

  /** A string of its own: a view would keep all that was loaded alive. */
  slice(start: number, length: number): string {
    return this.#buffer.toString('latin1', start, start + length);
  }

  /** Past the literal, if it stands here. */
  skip({ bytes, words, last }: Literal): boolean {
    const { at, view } = this;
    const { length } = bytes;
    for (let index = 0; index < words.length; index++) {
      if (view.getInt32(at + 4 * index, true) !== words[index]) return false;
    }
    if (length < 4) {
      for (let index = 0; index < length; index++) {
        if (this.bytes[at + index] !== bytes[index]) return false;
      }
    } else if (view.getInt32(at + length - 4, true) !== last) return false;
    this.at = at + length;
    return true;
  }

  skipByte(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at += 1;
    return true;
  }

  /** Length of the run of plain characters from `start` on, blanks among them. */
  plain(start: number): number {
    return this.#plainFrom(start, 0x20);
  }

  /** The same without blanks. */
  visible(start: number): number {
    return this.#plainFrom(start, 0x21);
  }

  #plainFrom(start: number, lowest: number): number {
    const { view, bytes } = this;
    const lowestEach = each(lowest);
    let at = start;
    while (isPlainWord(view.getInt32(at, true), lowestEach)) at += 4;
    for (;;) {
      const byte = bytes[at] as number;
      if (byte < lowest || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) return at - start;
      at += 1;
    }
  }

  /** How many bytes from `start` on belong to the set. */
  run(start: number, set: ByteSet): number {
    const { bytes } = this;
    let at = start;
    while (set[bytes[at] as number] === 1) at += 1;
    return at - start;
  }

  /** Whether the bytes from `start` on are these characters. */
  matches(start: number, characters: string): boolean {
    const { bytes } = this;
    for (let index = 0; index < characters.length; index++) {
      if (bytes[start + index] !== characters.charCodeAt(index)) return false;
    }
    return true;
  }

  /** Whether two stretches hold the same bytes. */
  same(one: number, other: number, length: number): boolean {
    const { view, bytes } = this;
    let index = 0;
    for (; index + 4 <= length; index += 4) {
      if (view.getInt32(one + index, true) !== view.getInt32(other + index, true)) return false;
    }
    for (; index < length; index++) if (bytes[one + index] !== bytes[other + index]) return false;
    return true;
  }
}
