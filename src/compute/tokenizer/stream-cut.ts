/**
 * Where a text that goes on can be cut so that its parts, encoded one after the other, have the ids
 * of the whole: at the end of a special token, or between two pieces that no further text can change.
 *
 * A special token is certain once the longest one would have fitted. A piece is certain once one
 * character after the next is known, for that is as far as the pattern looks ("'l" may become "'ll");
 * it never looks back, so what follows a cut is split as it would be in the whole text. What comes
 * before is too, but for white space, of which the last character is a piece of its own before a word
 * and not before the end: no cut is made behind it.
 */
import { invariant } from '../invariant.ts';
import { forEachPiece, specialsPattern } from './pretokenize.ts';

const LOOKAHEAD = 2;
const ENDS_WHITE = /\p{White_Space}$/u;

/** Gives the greatest safe cut in a text of which only the beginning is known; 0: none. */
export function streamCutter(specials: readonly string[]): (text: string) => number {
  const longest = specials.reduce((most, special) => Math.max(most, special.length), 1);
  const pattern = specials.length > 0 ? new RegExp(specialsPattern(specials), 'gu') : undefined;
  return (text) => {
    const decided = text.length - longest + 1; // specials that begin before it are known
    let cut = 0;
    for (const match of pattern === undefined ? [] : text.matchAll(pattern)) {
      if (match.index >= decided) break;
      cut = match.index + match[0].length;
    }
    let at = cut;
    forEachPiece(text.slice(cut, Math.max(cut, decided)), (piece) => {
      at += piece.length;
      if (at + LOOKAHEAD <= decided && !ENDS_WHITE.test(piece)) cut = at;
    });
    return cut;
  };
}

/**
 * The text of all chunks in parts cut safely, each of about `partChars` UTF-16 units. At most three
 * times that is held, or three times the longest single piece where that is longer.
 */
export function* safeParts(
  chunks: Iterable<string>,
  specials: readonly string[],
  partChars: number,
): Generator<string> {
  invariant(partChars >= 1, 'a part has at least one character');
  const cutOf = streamCutter(specials);
  let text = '';
  let wanted = partChars;
  for (const chunk of chunks) {
    // A chunk may be far longer than a part: it is taken in slices, and the rest is not copied.
    for (let from = 0; from < chunk.length; from += partChars) {
      text += chunk.slice(from, from + partChars);
      if (text.length < wanted) continue;
      const cut = cutOf(text);
      if (cut > 0) yield text.slice(0, cut);
      text = text.slice(cut);
      // Twice what is left: a piece that spans many chunks is scanned in linear time all the same.
      wanted = Math.max(partChars, 2 * text.length);
    }
  }
  if (text !== '') yield text;
}
