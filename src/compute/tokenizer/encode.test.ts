/** Encoding and decoding against the plainest saying of the algorithm, whole and in a stream. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdStreams, sample, SPECIALS } from '../../testing/special-text.ts';
import { tokenCodec } from './encode.ts';
import { forEachPiece } from './pretokenize.ts';
import { TokenizerError } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';
import { trainTokenizer } from './train.ts';

/** CS336: apply every merge in the order learned, wherever it applies, left to right. */
function plainPiece(bytes: Uint8Array, { merges }: Tokenizer): number[] {
  let ids = [...bytes];
  merges.forEach(([left, right], rank) => {
    const merged: number[] = [];
    for (let i = 0; i < ids.length; i += 1) {
      const found = ids[i] === left && ids[i + 1] === right;
      merged.push(found ? 256 + rank : ids[i]!);
      if (found) i += 1;
    }
    ids = merged;
  });
  return ids;
}

/** Special tokens by trying the longest first at every place. */
function plainEncode(text: string, tokenizer: Tokenizer): number[] {
  const utf8 = new TextEncoder();
  const specials = [...tokenizer.specials].sort((a, b) => b.length - a.length);
  const ids: number[] = [];
  let ordinary = '';
  const flush = (): void => {
    forEachPiece(ordinary, (piece) => ids.push(...plainPiece(utf8.encode(piece), tokenizer)));
    ordinary = '';
  };
  for (let at = 0; at < text.length;) {
    const special = specials.find((candidate) => text.startsWith(candidate, at));
    if (special === undefined) ordinary += text[at++];
    else {
      flush();
      ids.push(256 + tokenizer.merges.length + tokenizer.specials.indexOf(special));
      at += special.length;
    }
  }
  flush();
  return ids;
}

describe('encoding', () => {
  test('agrees with the plain algorithm, special tokens overlapping', () => {
    fc.assert(
      fc.property(sample, sample, fc.nat(40), (learnedFrom, text, merges) => {
        const tokenizer = trainTokenizer(learnedFrom, 256 + 4 + merges, SPECIALS);
        expect([...tokenCodec(tokenizer).encode(text)]).toEqual(plainEncode(text, tokenizer));
      }),
      { numRuns: 1000 },
    );
  });

  test('of a stream gives the ids of the whole, however it is chunked', () => {
    holdStreams(200); // more of them in encode.int.test.ts
  });

  test('of a stream holds little of it and gives ids before its end', () => {
    const codec = tokenCodec(trainTokenizer('the white whale', 270, ['<|a|>']));
    let [taken, given, ahead] = [0, 0, 0];
    function* text(): Generator<string> {
      for (let line = 0; line < 2000; line += 1) {
        taken += 1;
        yield 'the white whale\n';
      }
    }
    for (const ids of codec.encodeStream(text(), 100)) {
      given += ids.length;
      ahead = Math.max(ahead, taken * 16 - codec.decode(ids).length);
      taken -= codec.decode(ids).length / 16; // in lines: what is left is held
    }
    expect(ahead).toBeLessThan(300);
    expect(given).toBe(codec.encode('the white whale\n'.repeat(2000)).length);
  });

  test('one piece of a quarter of a million letters costs no quadratic time', () => {
    const codec = tokenCodec(trainTokenizer('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 262, []));
    const long = 'a'.repeat(250_000);
    const ids = codec.encode(long);
    expect(codec.decode(ids)).toBe(long);
    const streamed = [...codec.encodeStream(long.match(/.{100}/g) ?? [], 1000)];
    expect(streamed.length).toBe(1);
    // Not `toEqual`, which takes longer for so many ids than all else here.
    expect(isDeepStrictEqual(streamed[0], ids)).toBe(true);
  });
});

test('bytes that are not UTF-8 are decoded as Python replaces them', () => {
  const path = new URL('../../../fixtures/tokenizer/decodings.json', import.meta.url);
  const cases = JSON.parse(readFileSync(path, 'utf8')) as { bytes: number[]; text: string }[];
  const codec = tokenCodec(trainTokenizer('', 256, []));
  expect(cases.filter(({ text }) => text.includes('\ufffd')).length).toBeGreaterThan(100);
  for (const { bytes, text } of cases) expect(codec.decode(bytes)).toBe(text);
});

test('a piece beyond what can be matched is refused, not a crash', () => {
  const codec = tokenCodec(trainTokenizer('', 256, []));
  const whales = '\u{1f40b}'.repeat(12_000_000);
  expect(() => codec.encode(whales)).toThrow(TokenizerError);
});

test('a special token that is no Unicode text is refused', () => {
  expect(() => trainTokenizer('', 300, ['\ud800'])).toThrow(TokenizerError);
});

test('a stream is not cut behind white space that ends differently where the text ends', () => {
  // "\n\n" at an end is one piece, before a whale two.
  const parts = ["\n\n🐋'\n", "\n|>''  "];
  const codec = tokenCodec(trainTokenizer(parts.join(''), 290, ['<|a|><|a|>', '|>']));
  const streamed = [...codec.encodeStream(parts, 7)].flatMap((ids) => [...ids]);
  expect(streamed).toEqual([...codec.encode(parts.join(''))]);
});
