/**
 * Edits that know nothing of a format: flipped bits, bytes put in, taken out, doubled or moved, cuts,
 * and splices of two samples. Invariant: an edit never changes its argument, and its result is no
 * longer than the longer of two samples together plus `GROWTH_BYTES_MAX`.
 */
import type { Chance } from './chance.ts';

export const GROWTH_BYTES_MAX = 4096;

type ByteEdit = (bytes: Uint8Array, chance: Chance, samples: readonly Uint8Array[]) => Uint8Array;

/** Bytes that mean something to some format: quotes, brackets, separators, UTF-8 leads, a BOM. */
const TOKENS: readonly Uint8Array[] = [
  ...'"\\{}[]:,+=/-. 0\n\r\t\0'.split('').map((character) => Buffer.from(character)),
  ...['\r\n', '\n\n', '\ufeff', '\u2028', '\u0085', '\u2014 ', '\u{1f40b}', '==', '\\u0000'].map(
    (text) => Buffer.from(text),
  ),
  Uint8Array.of(0xff),
  Uint8Array.of(0xc0, 0x80), // NUL spelt too long
  Uint8Array.of(0xed, 0xa0, 0x80), // half a surrogate pair
  Uint8Array.of(0xf4, 0x90, 0x80, 0x80), // past U+10FFFF
];

const replace = (bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array => {
  const result = new Uint8Array(bytes.length - (end - start) + by.length);
  result.set(bytes.subarray(0, start));
  result.set(by, start);
  result.set(bytes.subarray(end), start + by.length);
  return result;
};

/** A stretch that is mostly short. */
function stretch(bytes: Uint8Array, chance: Chance): [start: number, end: number] {
  const start = chance.below(bytes.length + 1);
  const longest = Math.min(bytes.length - start, chance.oneIn(4) ? GROWTH_BYTES_MAX : 16);
  return [start, start + chance.below(longest + 1)];
}

function changed(bytes: Uint8Array, chance: Chance, change: (byte: number) => number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const result = new Uint8Array(bytes); // slice() of a Buffer would be the same memory
  const at = chance.below(bytes.length);
  result[at] = change(result[at] ?? 0);
  return result;
}

const EDITS: readonly ByteEdit[] = [
  (bytes, chance) => changed(bytes, chance, (byte) => byte ^ (1 << chance.below(8))),
  (bytes, chance) => changed(bytes, chance, () => chance.below(256)),
  (bytes, chance) => changed(bytes, chance, (byte) => byte + (chance.oneIn(2) ? 1 : -1)),
  function insertToken(bytes, chance) {
    const at = chance.below(bytes.length + 1);
    return replace(bytes, at, at, chance.of(TOKENS));
  },
  function overwriteWithToken(bytes, chance) {
    const token = chance.of(TOKENS);
    const at = chance.below(bytes.length + 1);
    return replace(bytes, at, Math.min(bytes.length, at + token.length), token);
  },
  (bytes, chance) => replace(bytes, ...stretch(bytes, chance), new Uint8Array(0)),
  function double(bytes, chance) {
    const [start, end] = stretch(bytes, chance);
    return replace(bytes, start, start, bytes.subarray(start, end));
  },
  function move(bytes, chance) {
    const [start, end] = stretch(bytes, chance);
    const rest = replace(bytes, start, end, new Uint8Array(0));
    const at = chance.below(rest.length + 1);
    return replace(rest, at, at, bytes.subarray(start, end));
  },
  (bytes, chance) => bytes.slice(0, chance.below(bytes.length + 1)),
  (bytes, chance) => bytes.slice(chance.below(bytes.length + 1)),
  function splice(bytes, chance, samples) {
    const other = chance.of(samples);
    const head = bytes.subarray(0, chance.below(bytes.length + 1));
    return replace(head, head.length, head.length, other.subarray(chance.below(other.length + 1)));
  },
  function spliceInPlace(bytes, chance, samples) {
    const other = chance.of(samples);
    const [start, end] = stretch(other, chance);
    return replace(
      bytes,
      Math.min(start, bytes.length),
      Math.min(end, bytes.length),
      other.subarray(start, end),
    );
  },
];

export function editBytes(
  bytes: Uint8Array,
  chance: Chance,
  samples: readonly Uint8Array[],
): Uint8Array {
  return chance.of(EDITS)(bytes, chance, samples);
}

export function randomBytes(chance: Chance): Uint8Array {
  const bytes = new Uint8Array(chance.below(chance.oneIn(16) ? 1024 : 64));
  for (let at = 0; at < bytes.length; at++) bytes[at] = chance.below(256);
  return bytes;
}
