/**
 * GPT-2 pre-tokenisation: merges never cross the pieces made here. Special tokens are cut out first
 * and are never merged with anything; where several match at one place the longest wins.
 *
 * Pattern: the published one of GPT-2, with \s spelled as the Unicode property White_Space because
 * JavaScript's \s differs (it takes U+FEFF and leaves U+0085).
 */
import { TokenizerError } from './tokenizer.ts';

const PIECE =
  /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** Calls `visit` for each piece in order. Throws TokenizerError `piece_too_long`. */
export function forEachPiece(text: string, visit: (piece: string) => void): void {
  const pieces = text.matchAll(PIECE);
  for (let piece = nextOf(pieces); piece !== undefined; piece = nextOf(pieces)) visit(piece);
}

/** The runtime's matcher gives up where one piece has millions of characters beyond U+FFFF. */
function nextOf(pieces: IterableIterator<RegExpExecArray>): string | undefined {
  try {
    return pieces.next().value?.[0];
  } catch (cause) {
    throw new TokenizerError('piece_too_long', `the text cannot be split: ${String(cause)}`);
  }
}

export interface Segment {
  readonly text: string;
  /** Index of the special token this segment is; -1 = ordinary text. */
  readonly special: number;
}

export function splitSpecials(text: string, specials: readonly string[]): Segment[] {
  if (specials.length === 0) return [{ text, special: -1 }];
  return text
    .split(new RegExp(`(${specialsPattern(specials)})`, 'u'))
    .map((part, index) => ({ text: part, special: index % 2 === 1 ? specials.indexOf(part) : -1 }))
    .filter((segment) => segment.text !== '');
}

/** Source of a pattern for any of the special tokens: where several match, the longest is meant. */
export function specialsPattern(specials: readonly string[]): string {
  const longestFirst = [...specials].sort((a, b) => b.length - a.length);
  return longestFirst.map(escaped).join('|');
}

function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
}
