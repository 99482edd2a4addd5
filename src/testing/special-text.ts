/** Texts whose pieces and special tokens are hard to tell apart, and codecs held to them. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { anyCharacter } from './any-character.ts';
import { tokenCodec } from '../compute/tokenizer/encode.ts';
import { trainTokenizer } from '../compute/tokenizer/train.ts';

export const SPECIALS = ['<|a|>', '<|a|><|a|>', '<|', '|>'];
export const sample = fc
  .array(
    fc.constantFrom(
      ...["'", "'l", 'l', "'s", 'a', 'b', 'aa', 'ab', ' b', ' ', '  ', '\n', '\u0085'].concat([
        '<|a|>',
        '<|a|',
        '<|',
        '<',
        '|>',
        '鯨',
        'é',
        '\u{1f40b}',
        '\ud83d',
        '\udc0b',
        '\ufeff',
        '1',
      ]),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

/** The ids of a stream are those of the whole, in as many streams. */
export function holdStreams(runs: number): void {
  const specials = fc.subarray(SPECIALS);
  const chunks = fc.array(fc.oneof(sample, fc.string({ unit: anyCharacter, maxLength: 8 })), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(chunks, specials, fc.integer({ min: 1, max: 24 }), (parts, own, partChars) => {
      const codec = tokenCodec(trainTokenizer(parts.join(''), 290, own));
      const streamed = [...codec.encodeStream(parts, partChars)].flatMap((ids) => [...ids]);
      // Not `toEqual`, which takes longer than all else here; fast-check prints what differs.
      return isDeepStrictEqual(streamed, [...codec.encode(parts.join(''))]);
    }),
    { numRuns: runs },
  );
}
