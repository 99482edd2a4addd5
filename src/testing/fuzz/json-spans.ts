/**
 * Where the values and members of a JSON text lie, so that it can be edited as text: what an edit
 * makes (a name twice, a number no double holds) is beyond what any parsed value could say. Null for
 * what is not JSON; nothing is decoded, and depth is bounded because edits nest deeply.
 */
export interface JsonSpans {
  /** Of every value, containers included, as [start, end). */
  readonly values: readonly Span[];
  /** Of every member of an object, name and value. */
  readonly members: readonly Member[];
  /** Of every item of an array. */
  readonly items: readonly Span[];
}
export type Span = readonly [start: number, end: number];
export interface Member {
  readonly name: Span;
  readonly value: Span;
}

const DEPTH_MAX = 200;
const PRIMITIVE = /true|false|null|-?[0-9][0-9.eE+-]*/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y; // unrolled: long strings must not backtrack
const BLANK = /[ \t\r\n]*/y;

class SpanReader {
  readonly values: Span[] = [];
  readonly members: Member[] = [];
  readonly items: Span[] = [];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): boolean {
    if (this.#value(0) === null) return false;
    this.#match(BLANK);
    return this.#at === this.#text.length;
  }

  #match(pattern: RegExp): Span | null {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return null;
    const span: Span = [this.#at, pattern.lastIndex];
    this.#at = pattern.lastIndex;
    return span;
  }

  #token(token: string): boolean {
    this.#match(BLANK);
    if (this.#text[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #value(depth: number): Span | null {
    if (depth > DEPTH_MAX) return null;
    this.#match(BLANK);
    const start = this.#at;
    const next = this.#text[start];
    let span: Span | null;
    if (next === '{') span = this.#list('}', start, () => this.#member(depth));
    else if (next === '[') span = this.#list(']', start, () => this.#item(depth));
    else span = this.#match(next === '"' ? STRING : PRIMITIVE);
    if (span !== null) this.values.push(span);
    return span;
  }

  #list(close: string, start: number, entry: () => boolean): Span | null {
    this.#at += 1;
    if (this.#token(close)) return [start, this.#at];
    do if (!entry()) return null;
    while (this.#token(','));
    return this.#token(close) ? [start, this.#at] : null;
  }

  #member(depth: number): boolean {
    this.#match(BLANK);
    const name = this.#match(STRING);
    if (name === null || !this.#token(':')) return false;
    const value = this.#value(depth + 1);
    if (value !== null) this.members.push({ name, value });
    return value !== null;
  }

  #item(depth: number): boolean {
    const value = this.#value(depth + 1);
    if (value !== null) this.items.push(value);
    return value !== null;
  }
}

export function spansOf(text: string): JsonSpans | null {
  const reader = new SpanReader(text);
  return reader.whole() ? reader : null;
}
