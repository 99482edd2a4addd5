/**
 * What a campaign feeds: a decoder, valid inputs to start from, and the promises that must hold for
 * every input. Invariant: `feed` returns for whatever it is given; what it throws is a finding. The
 * promises are: a refusal is of the declared kind; what is accepted encodes to something of bounded
 * size that decodes to the same; what is signed is accepted only with the bytes that were signed.
 */
import type { Chance } from './chance.ts';

export type Edit = (
  bytes: Uint8Array,
  chance: Chance,
  samples: readonly Uint8Array[],
) => Uint8Array;

export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs. */
  readonly samples: readonly Uint8Array[];
  /** Edits that know the format; those of bytes come besides. */
  readonly edits: readonly Edit[];
  /** Whether the input was accepted. @throws whatever breaks a promise */
  readonly feed: (input: Uint8Array) => boolean;
}

/** A promise was broken without anything being thrown. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

export function promise(holds: boolean, what: string): void {
  if (!holds) throw new BrokenPromise(what);
}

/** Both forms of one thing. `decode` gives undefined for a refusal of the declared kind. */
export interface RoundTrip<T> {
  readonly decode: (input: Uint8Array) => T | undefined;
  readonly encode: (value: T) => Uint8Array;
  /** What is said of the value itself; all of it must survive. By default the encoding. */
  readonly print?: (value: T) => string;
}

/** Encoding may escape characters and put what was left out, within these bounds. */
const SIZE_FACTOR_MAX = 8;
const SIZE_EXTRA_MAX = 1024;

export function feedRoundTrip<T>({ decode, encode, print }: RoundTrip<T>) {
  return (input: Uint8Array): boolean => {
    const value = decode(input);
    if (value === undefined) return false;
    const bytes = encode(value);
    promise(
      bytes.byteLength <= SIZE_FACTOR_MAX * input.byteLength + SIZE_EXTRA_MAX,
      `${input.byteLength} bytes were accepted that encode to ${bytes.byteLength}`,
    );
    const again = decode(bytes);
    if (again === undefined) throw new BrokenPromise('what it accepted is refused once encoded');
    promise(Buffer.compare(encode(again), bytes) === 0, 'encoding it twice gives other bytes');
    promise(print?.(value) === print?.(again), 'the value is another once encoded and decoded');
    return true;
  };
}

/** For decoders that throw: undefined when the error is of the declared kind. */
export function declared<T>(
  decode: () => T,
  isDeclared: (error: unknown) => boolean,
): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (isDeclared(error)) return undefined;
    throw error;
  }
}

/**
 * Text of bytes that need not be UTF-8: half a surrogate pair, spelt as UTF-8 spells no character,
 * comes through as what it is, because a text in memory may hold one.
 */
export const looseText = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('utf8')
    .replace(/\ufffd{3}/g, '\ud800');

export const bytesOfText = (text: string): Uint8Array => Buffer.from(text, 'utf8');
