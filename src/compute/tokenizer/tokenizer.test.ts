import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../testing/any-character.ts';
import { tokenCodec } from './encode.ts';
import { forEachPiece } from './pretokenize.ts';
import { readTokenizerJson, writeTokenizerJson } from './tokenizer-json.ts';
import { END_OF_TEXT, TokenizerError, tokenBytes, vocabSizeOf } from './tokenizer.ts';
import { trainTokenizer } from './train.ts';

/** CS336's algorithm as plainly as it can be said: recount everything for every merge. */
function slowMerges(text: string, wanted: number): string[] {
  const utf8 = new TextEncoder();
  let words: string[][] = [];
  for (const part of text.split(END_OF_TEXT)) {
    // One character a byte, so that string order is byte order.
    forEachPiece(part, (piece) =>
      words.push([...utf8.encode(piece)].map((byte) => String.fromCharCode(byte))),
    );
  }
  const merges: string[] = [];
  while (merges.length < wanted) {
    const counts = new Map<string, { pair: [string, string]; count: number }>();
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i += 1) {
        const pair: [string, string] = [word[i]!, word[i + 1]!];
        const key = JSON.stringify(pair);
        counts.set(key, { pair, count: (counts.get(key)?.count ?? 0) + 1 });
      }
    }
    const greatestFirst = (x: string, y: string): number => (x < y ? 1 : x > y ? -1 : 0);
    const [best] = [...counts.values()].sort(
      (a, b) =>
        b.count - a.count ||
        greatestFirst(a.pair[0], b.pair[0]) ||
        greatestFirst(a.pair[1], b.pair[1]),
    );
    if (best === undefined) break;
    const [left, right] = best.pair;
    merges.push(JSON.stringify(best.pair));
    words = words.map((word) => {
      const merged: string[] = [];
      for (let i = 0; i < word.length; i += 1) {
        if (word[i] === left && word[i + 1] === right) {
          merged.push(left + right);
          i += 1;
        } else merged.push(word[i]!);
      }
      return merged;
    });
  }
  return merges;
}

/** Little alphabets make ties and overlaps frequent. */
const prose = fc
  .array(
    fc.constantFrom('a', 'b', 'aa', 'ab ', ' b', 'é', '鯨', "'s", '12', '\n\n', '  ', END_OF_TEXT),
    {
      maxLength: 60,
    },
  )
  .map((parts) => parts.join(''));

test('training agrees with the slow reference', () => {
  fc.assert(
    fc.property(prose, fc.nat(25), (text, room) => {
      const tokenizer = trainTokenizer(text, 257 + room, [END_OF_TEXT]);
      const bytes = tokenBytes(tokenizer);
      const latin = (id: number): string => String.fromCharCode(...bytes[id]!);
      const learned = tokenizer.merges.map(([l, r]) => JSON.stringify([latin(l), latin(r)]));
      expect(learned).toEqual(slowMerges(text, room));
    }),
    { numRuns: 300 },
  );
});

test('the example of the assignment: ties go to the greatest pair', () => {
  const text = 'low '.repeat(5) + 'lower '.repeat(2) + 'widest '.repeat(3) + 'newest '.repeat(6);
  const tokenizer = trainTokenizer(text.replaceAll(' ', '\n'), 256 + 6, []);
  const bytes = tokenBytes(tokenizer).slice(256);
  expect(bytes.map((b) => Buffer.from(b).toString())).toEqual([
    'st',
    'est',
    'ow',
    'low',
    'west',
    'ne',
  ]);
});

test('decoding an encoding gives the text, special tokens are single ids', () => {
  const codec = tokenCodec(trainTokenizer('the whale, the white whale', 300, [END_OF_TEXT]));
  const text = fc.oneof(fc.string({ unit: anyCharacter }), prose);
  fc.assert(
    fc.property(text, (sample) => {
      const wellFormed = sample.toWellFormed();
      expect(codec.decode(codec.encode(wellFormed))).toBe(wellFormed);
    }),
  );
  const end = vocabSizeOf(trainTokenizer('the whale, the white whale', 300, [END_OF_TEXT])) - 1;
  expect([...codec.encode(`${END_OF_TEXT}${END_OF_TEXT}`)]).toEqual([end, end]);
  expect(codec.encode(' whale').length).toBeLessThan(6);
});

test('pieces follow the GPT-2 pattern', () => {
  const pieces: string[] = [];
  forEachPiece("I'll  say: it's 1851!\n\nA\u0085b\ufeff", (piece) => pieces.push(piece));
  expect(pieces).toEqual([
    'I',
    "'ll",
    ' ',
    ' say',
    ':',
    ' it',
    "'s",
    ' 1851',
    '!',
    '\n',
    '\n',
    'A',
    '\u0085',
    'b',
    '\ufeff',
  ]);
});

describe('tokenizer.json', () => {
  const tokenizer = trainTokenizer('call me ishmael 1851 1851', 280, [END_OF_TEXT, '<|pad|>']);
  const json = writeTokenizerJson(tokenizer);

  test('is read back, whatever the spacing', () => {
    expect(readTokenizerJson(json)).toEqual(tokenizer);
    expect(readTokenizerJson(JSON.stringify(JSON.parse(json)))).toEqual(tokenizer);
    const bare = trainTokenizer('', 256, []);
    expect(readTokenizerJson(writeTokenizerJson(bare))).toEqual(bare);
  });

  const codeOf = (text: string): string => {
    try {
      readTokenizerJson(text);
      return 'ok';
    } catch (error) {
      if (error instanceof TokenizerError) return error.code;
      throw error;
    }
  };

  test.each([
    ['file_not_json', '{'],
    ['file_unsupported', 'null'],
    ['file_unsupported', '{}'],
    ['file_unsupported', json.replace('"ByteLevel"', '"Whitespace"')],
    ['file_unsupported', json.replace('"a": 97', '"a": 98')],
    ['file_unsupported', json.replace('"lstrip": false', '"lstrip": true')],
    ['file_unsupported', json.replace('"version": "1.0"', '"version": "2.0"')],
    ['file_unsupported', json.replace(/"merges": \[[^]*?\n {6}\]/, '"merges": [["a"]')],
    ['file_unsupported', json.replace('"1.0"', `${'['.repeat(50_000)}${']'.repeat(50_000)}`)],
    ['vocab_inconsistent', json.replace(/"merges": \[/, '"merges": [["zz", "zz"],')],
    ['vocab_inconsistent', json.replace(/"merges": (\[\s*(\[[^]*?\]))/, '"merges": $1, $2')],
    ['special_invalid', json.replace('"<|pad|>"', `"${END_OF_TEXT}"`)],
    ['special_invalid', json.replace('"<|pad|>"', '"a"')],
  ])('%s', (code, text) => {
    expect(text).not.toBe(json);
    expect(codeOf(text)).toBe(code);
  });
});

test('ids equal those of the Hugging Face tokenizers library on our file', () => {
  const fixture = (name: string): string =>
    readFileSync(new URL(`../../../fixtures/tensors/${name}`, import.meta.url), 'utf8');
  const { trainedOn, cases } = JSON.parse(fixture('tokenizer-cases.json')) as {
    trainedOn: string;
    cases: { text: string; ids: number[] }[];
  };
  const json = fixture('tokenizer.json');
  expect(writeTokenizerJson(trainTokenizer(trainedOn, 400, [END_OF_TEXT]))).toBe(json);
  const codec = tokenCodec(readTokenizerJson(json));
  for (const { text, ids } of cases) expect([...codec.encode(text)], text).toEqual(ids);
});

test('typed errors', () => {
  expect(() => trainTokenizer('', 256, ['x'])).toThrow(TokenizerError);
  expect(() => trainTokenizer('', 65537, [])).toThrow(TokenizerError);
  expect(() => trainTokenizer('', 300, ['x', 'x'])).toThrow(TokenizerError);
  expect(() => trainTokenizer('', 300, [''])).toThrow(TokenizerError);
  expect(() => tokenCodec(trainTokenizer('', 256, [])).decode([256])).toThrow(TokenizerError);
});
