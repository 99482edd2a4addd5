/**
 * How each kind of codec reads its values from canonical JSON: in one pass over the bytes, checking
 * as it goes, with no value that is thrown away. Every reader accepts only the one spelling that
 * RFC 8785 gives a value of its codec (no blanks, members in sorted order, shortest numbers), and of
 * that only what needs no unescaping; for the rest it answers undefined and the codec itself decides.
 */
import assert from 'node:assert';
import type { ByteSet, Read } from './canonical-text.ts';
import { byteSet, DIGITS, Literal } from './canonical-text.ts';
import { Interned } from './interned.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const LIST_OPENS = 0x5b;
const LIST_CLOSES = 0x5d;
const OBJECT_CLOSES = 0x7d;
const NULL = new Literal('null');
const TRUE = new Literal('true');
const FALSE = new Literal('false');
const NUMBER: ByteSet = byteSet('0123456789+-.eE');
/** Digits of 2^53 - 1. */
const INTEGER_DIGITS_MAX = 16;

/** A string without escapes that passes the check. @param slots texts kept, a power of two */
export function readText<A extends string>(
  check: (text: string) => boolean,
  slots: number,
): Read<A> {
  const known = new Interned<A>(slots, (text) => (check(text) ? (text as A) : undefined));
  return (text) => {
    if (!text.skipByte(QUOTE)) return undefined;
    const start = text.at;
    const length = text.plain(start);
    if (text.bytes[start + length] !== QUOTE) return undefined;
    const value = known.at(text, start, length);
    if (value !== undefined) text.at = start + length + 1;
    return value;
  };
}

/**
 * A string of fixed length. What passes the check must be plain, for the length is taken before
 * anything was looked at.
 */
export function readFixedText<A extends string>(
  length: number,
  check: (text: string) => boolean,
  slots: number,
): Read<A> {
  const known = new Interned<A>(slots, (text) => (check(text) ? (text as A) : undefined));
  return (text) => {
    const start = text.at + 1;
    if (text.bytes[text.at] !== QUOTE || text.bytes[start + length] !== QUOTE) return undefined;
    const value = known.at(text, start, length);
    if (value !== undefined) text.at = start + length + 1;
    return value;
  };
}

export function readOneOf<A extends string>(values: readonly A[]): Read<A> {
  const spelled = values.map((value) => ({ value, literal: new Literal(JSON.stringify(value)) }));
  return (text) => {
    for (const { value, literal } of spelled) if (text.skip(literal)) return value;
    return undefined;
  };
}

/** @param min, max safe integers */
export function readInteger(min: number, max: number): Read<number> {
  return (text) => {
    const { bytes } = text;
    let at = text.at;
    const negative = bytes[at] === MINUS;
    if (negative) at += 1;
    const start = at;
    let magnitude = 0;
    while (DIGITS[bytes[at] as number] === 1) {
      magnitude = magnitude * 10 + ((bytes[at] as number) - ZERO);
      at += 1;
    }
    const digits = at - start;
    if (digits === 0 || digits > INTEGER_DIGITS_MAX) return undefined;
    // Neither 007 nor -0 is how a number is printed.
    if (bytes[start] === ZERO && (digits > 1 || negative)) return undefined;
    const value = negative ? -magnitude : magnitude;
    if (value < min || value > max) return undefined;
    text.at = at;
    return value;
  };
}

export function readReal(min: number, max: number): Read<number> {
  return (text) => {
    const length = text.run(text.at, NUMBER);
    const printed = text.slice(text.at, length);
    const value = Number(printed);
    // Printing back also refuses the empty text, NaN, infinities and -0.
    if (String(value) !== printed || !(value >= min && value <= max)) return undefined;
    text.at += length;
    return value;
  };
}

export const readFlag: Read<boolean> = (text) => {
  if (text.skip(TRUE)) return true;
  return text.skip(FALSE) ? false : undefined;
};

export function readNullable<A>(read: Read<A>): Read<A | null> {
  return (text) => (text.skip(NULL) ? null : read(text));
}

export function readList<A>(read: Read<A>, min: number, max: number): Read<readonly A[]> {
  return (text) => {
    if (!text.skipByte(LIST_OPENS)) return undefined;
    const items: A[] = [];
    if (!text.skipByte(LIST_CLOSES)) {
      do {
        const item = items.length < max ? read(text) : undefined;
        if (item === undefined) return undefined;
        items.push(item);
      } while (text.skipByte(COMMA));
      if (!text.skipByte(LIST_CLOSES)) return undefined;
    }
    return items.length < min ? undefined : items;
  };
}

export function readObject<A>(members: { readonly [name: string]: Read<unknown> }): Read<A> {
  // Array.prototype.sort compares UTF-16 code units, the order of RFC 8785.
  const parts = Object.keys(members)
    .sort()
    .map((name, index) => ({
      name,
      opening: new Literal(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`),
      read: members[name] as Read<unknown>,
    }));
  assert(parts.length > 0, 'facts say something');
  assert(!Object.hasOwn(members, '__proto__'), 'assigning it would set no member');
  return (text) => {
    const value: Record<string, unknown> = {};
    for (const { name, opening, read } of parts) {
      if (!text.skip(opening)) return undefined;
      const member = read(text);
      if (member === undefined) return undefined;
      value[name] = member;
    }
    return text.skipByte(OBJECT_CLOSES) ? (value as A) : undefined;
  };
}
