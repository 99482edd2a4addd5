/**
 * GPT-2's own vocabulary adopted: ids against tiktoken's, recorded by fixtures/tokenizer/generate.py,
 * and against the JavaScript port, which brings the vocabulary.
 */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { Tiktoken } from 'js-tiktoken/lite';
import gpt2 from 'js-tiktoken/ranks/gpt2';
import { describe, expect, test } from 'vitest';
import { tokenCodec } from './encode.ts';
import { adoptVocabulary } from './foreign-vocabulary.ts';
import type { ForeignVocabulary } from './foreign-vocabulary.ts';
import { readTokenizerJson, writeTokenizerJson } from './tokenizer-json.ts';
import { STAND_INS, printable } from './stand-ins.ts';
import { TokenizerError } from './tokenizer.ts';

/** Ranks as merges: a token is the pair that merging its bytes with all earlier tokens ends at. */
function vocabularyOfRanks(): ForeignVocabulary {
  const [, first, ...encoded] = gpt2.bpe_ranks.split(' ');
  expect(first).toBe('0');
  const tokens = encoded.map((text) => printable(Buffer.from(text, 'base64')));
  const ranks = new Map(tokens.map((text, rank) => [text, rank]));
  const merges = tokens.slice(256).map((text, index): [string, string] => {
    let parts = [...text];
    while (parts.length > 2) {
      const pairs = parts.slice(1).map((right, at) => ranks.get(parts[at]! + right) ?? Infinity);
      const at = pairs.indexOf(Math.min(...pairs));
      // Not `expect`, which costs more than all else here.
      if (!(pairs[at]! < 256 + index)) throw new Error(`no earlier token ends ${text}`);
      parts = parts.toSpliced(at, 2, parts[at]! + parts[at + 1]!);
    }
    return parts as [string, string];
  });
  const specials = Object.entries(gpt2.special_tokens);
  for (const [text, id] of specials) tokens[id] = text;
  return { tokens, merges, specials: new Set(specials.map(([, id]) => id)) };
}

const foreign = vocabularyOfRanks();
const { tokenizer, ids } = adoptVocabulary(foreign);
const codec = tokenCodec(tokenizer);
const theirs = new Uint16Array(ids.length);
ids.forEach((own, id) => (theirs[own] = id));
const encode = (text: string): number[] => [...codec.encode(text)].map((id) => theirs[id]!);

test('the ids are those of tiktoken', () => {
  const path = new URL('../../../fixtures/tokenizer/gpt2-cases.json', import.meta.url);
  const cases = JSON.parse(readFileSync(path, 'utf8')) as { text: string; ids: number[] }[];
  expect(cases.length).toBeGreaterThan(200);
  for (const { text, ids: expected } of cases) {
    expect(encode(text), JSON.stringify(text)).toEqual(expected);
    expect(codec.decode(expected.map((id) => ids[id]!))).toBe(text);
  }
});

test('and of its JavaScript port, where JavaScript agrees on what white space is', () => {
  const port = new Tiktoken(gpt2);
  const text = fc
    .string({ unit: 'grapheme', maxLength: 60 })
    .filter((sample) => !/[\u0085\ufeff]/u.test(sample));
  fc.assert(
    fc.property(text, (sample) => {
      expect(encode(sample)).toEqual(port.encode(sample, 'all'));
    }),
    { numRuns: 500 },
  );
});

test('the adopted tokenizer survives its file', () => {
  // Equality of Node's own: `toEqual` takes seconds for fifty thousand pairs.
  expect(isDeepStrictEqual(readTokenizerJson(writeTokenizerJson(tokenizer)), tokenizer)).toBe(true);
});

describe('refused', () => {
  const small: ForeignVocabulary = {
    tokens: ['<s>', ...STAND_INS.toReversed(), 'ab', 'abc'],
    merges: [
      ['a', 'b'],
      ['ab', 'c'],
    ],
    specials: new Set([0]),
  };
  const codeOf = (change: Partial<ForeignVocabulary>): string => {
    try {
      adoptVocabulary({ ...small, ...change });
      return 'ok';
    } catch (error) {
      if (error instanceof TokenizerError) return error.code;
      throw error;
    }
  };

  test.each<[string, Partial<ForeignVocabulary>]>([
    ['ok', {}],
    ['vocab_size_invalid', { tokens: Array.from({ length: 65537 }, (_, id) => `t${id}`) }],
    ['special_invalid', { specials: new Set([0, 1]), tokens: ['<s>', '<s>'] }],
    ['vocab_inconsistent', { tokens: small.tokens.slice(1) }],
    ['vocab_inconsistent', { tokens: small.tokens.with(9, 'zz') }],
    ['vocab_inconsistent', { tokens: small.tokens.with(9, 'ab') }],
    ['vocab_inconsistent', { merges: small.merges.toReversed() }],
    ['vocab_inconsistent', { merges: [small.merges[0]!, small.merges[0]!] }],
    ['vocab_inconsistent', { merges: [small.merges[0]!] }],
    ['vocab_inconsistent', { specials: new Set() }],
  ])('%s', (code, change) => {
    expect(codeOf(change)).toBe(code);
  });
});
