/**
 * The laws of the fast road: what it takes, the strict decoder takes as an equal event and the
 * encoder writes back to the same bytes; what the strict decoder refuses, `decodeEvent` refuses in
 * the same words. Over every sample, every line of the story and of the recorded logs, and what
 * structure-aware mutation makes of them. And it is a road at all: it takes what we write.
 */
import * as fc from 'fast-check';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { storyLines } from '../testing/signed-story.ts';
import type { JsonObject } from './canonical-json.ts';
import { CanonicalText } from './canonical-text.ts';
import { decodeEvent, decodeEventStrictly, readLine } from './decode-event.ts';
import { encodeEntry } from './entry.ts';
import { generateKey } from './nkey.ts';
import { readEvent } from './read-event.ts';
import { splitRecording } from './recording.ts';

const fixtures = new URL('../../fixtures/', import.meta.url);
const filesIn = (folder: string, ending: string): Buffer[] =>
  readdirSync(new URL(folder, fixtures))
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(new URL(`${folder}${name}`, fixtures)));
const samples = filesIn('events/', '.json').flatMap((file) => [...splitRecording(file)]);
const recorded = filesIn('logs/', '.ndjson').flatMap((file) => [...splitRecording(file)]);
const lines = [...samples, ...storyLines, ...recorded];

/** Both laws for one line. */
function judge(line: Uint8Array): void {
  const strict = decodeEventStrictly(line);
  const fast = readLine(line);
  expect(decodeEvent(line)).toStrictEqual(strict);
  if (fast === undefined) return;
  expect(strict).toStrictEqual({ _tag: 'Right', right: fast });
  const entry = { ...fast, data: fast.data as unknown as JsonObject };
  expect(Buffer.from(encodeEntry(entry)).equals(line)).toBe(true);
}

const textOf = (line: Uint8Array): string => Buffer.from(line).toString('utf8');
const anyLine = fc.nat(lines.length - 1).map((index) => lines[index] as Uint8Array);

/** Tokens of a line: strings, numbers, words and marks. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?[0-9.eE+-]+|true|false|null|[{}[\],:]/g;
const tokensOf = (line: Uint8Array): string[] => textOf(line).match(TOKENS) ?? [];

/** Spellings that have caught decoders out: each stands for some token of the line. */
const spellings = [
  ['0', '-0', '00', '007', '1.0', '1e3', '1E3', '1e+21', '-1', '9007199254740992', '1e400'],
  ['null', 'true', 'false', '[]', '{}', '""', '" "', '"\\u0041"', '"\\/"', '"é"', '"\\ud800"'],
  ['"1.1"', '"sig"', '"__proto__"', '"2026-02-30T00:00:00.000Z"', '"U"', ' ', '\t', '\r', '\n'],
].flat();
const mutations: Record<string, fc.Arbitrary<Uint8Array>> = {
  'a byte altered': fc
    .tuple(anyLine, fc.nat(), fc.nat(255))
    .map(([line, at, byte]) =>
      Uint8Array.from(line).fill(byte, at % line.length, (at % line.length) + 1),
    ),
  'a piece dropped or doubled': fc
    .tuple(anyLine, fc.nat(), fc.integer({ min: 1, max: 80 }), fc.boolean())
    .map(([line, where, length, doubled]) => {
      const at = where % line.length;
      const piece = line.subarray(at, at + length);
      const rest = line.subarray(at + length);
      return Buffer.concat([line.subarray(0, at), ...(doubled ? [piece, piece] : []), rest]);
    }),
  'a token in another spelling': fc
    .tuple(anyLine, fc.nat(), fc.constantFrom(...spellings))
    .map(([line, at, spelling]) => {
      const tokens = tokensOf(line);
      return Buffer.from(tokens.with(at % tokens.length, spelling).join(''));
    }),
  'a blank or mark put in': fc
    .tuple(anyLine, fc.nat(), fc.constantFrom(' ', ',', '\r', '\n', '{}', '"a":1,', '\u0000'))
    .map(([line, at, put]) => {
      const tokens = tokensOf(line);
      return Buffer.from(tokens.toSpliced(at % tokens.length, 0, put).join(''));
    }),
  'tokens of another line': fc
    .tuple(anyLine, anyLine, fc.nat(), fc.nat())
    .map(([one, two, at, from]) => {
      const tokens = tokensOf(one);
      const others = tokensOf(two);
      const token = others[from % others.length] as string;
      return Buffer.from(tokens.with(at % tokens.length, token).join(''));
    }),
  'members swapped': fc.tuple(anyLine, fc.nat(), fc.nat()).map(([line, one, two]) => {
    const parts = textOf(line).split(',');
    const [a, b] = [one % parts.length, two % parts.length];
    return Buffer.from(
      parts
        .with(a, parts[b] as string)
        .with(b, parts[a] as string)
        .join(','),
    );
  }),
  'a digit altered': fc.tuple(anyLine, fc.nat(), fc.nat(9)).map(([line, at, digit]) => {
    const text = textOf(line);
    const digits = [...text.matchAll(/\d/g)];
    const { index } = digits[at % digits.length] as RegExpExecArray;
    return Buffer.from(text.slice(0, index) + String(digit) + text.slice(index + 1));
  }),
};

describe('the fast road', () => {
  it('takes every line that our writer wrote, but those with other than ASCII', () => {
    const left = lines.filter((line) => readLine(line) === undefined);
    expect(
      left.filter((line) => /^[\x20-\x7e]*$/.test(textOf(line)) && !textOf(line).includes('\\')),
    ).toEqual([]);
    lines.forEach(judge);
  });

  it.each(Object.entries(mutations))('keeps the laws with %s', (_, mutated) => {
    fc.assert(fc.property(mutated, judge), { numRuns: 800 });
  });

  it('meets mutations on both sides of its law', () => {
    const drawn = fc.sample(fc.oneof(...Object.values(mutations)), { numRuns: 3000, seed: 7 });
    expect(drawn.filter((line) => readLine(line) !== undefined).length).toBeGreaterThan(20);
    expect(drawn.filter((line) => isLeft(decodeEvent(line))).length).toBeGreaterThan(1000);
    const uncommon = (line: Uint8Array): boolean =>
      isRight(decodeEvent(line)) && readLine(line) === undefined;
    expect(drawn.filter(uncommon).length).toBeGreaterThan(20);
  });

  it('knows a subject again only for the thing it is about', () => {
    const beat = (participant: string, subject: string): Buffer => {
      const line = storyLines.find((each) => textOf(each).includes('heartbeated')) as Uint8Array;
      const known = /"participant":"(U[A-Z2-7]+)"/.exec(textOf(line))?.[1] as string;
      const [head, data] = textOf(line).split('"data":') as [string, string];
      return Buffer.from(
        `${head.replace(`participant/${known}`, subject)}"data":${data.replace(known, participant)}`,
      );
    };
    const named = (seed: number): string => generateKey(new Uint8Array(32).fill(seed)).actor;
    const [one, other] = [named(1), named(2)];
    for (let round = 0; round < 2; round += 1) {
      expect(readLine(beat(one, `participant/${one}`))?.subject).toBe(`participant/${one}`);
      expect(readLine(beat(other, `participant/${one}`))).toBeUndefined();
      judge(beat(other, `participant/${one}`));
      judge(beat(one, `assignment/${one}`));
    }
  });

  it('leaves the uncommon spellings that are legal to the strict decoder', () => {
    for (const line of samples) {
      const { data, ...envelope } = JSON.parse(textOf(line)) as Record<string, unknown>;
      judge(Buffer.from(JSON.stringify({ data, ...envelope })));
      judge(Buffer.from(JSON.stringify({ ...envelope, data }, null, 1).replaceAll('\n', '')));
    }
  });

  it('reads the same from a text that lies in the middle of others', () => {
    const text = new CanonicalText();
    text.load(Buffer.concat(recorded.flatMap((line) => [line, Buffer.from('\n')])));
    for (const line of recorded) {
      expect(readEvent(text)).toStrictEqual(readLine(line));
      text.at += 1;
    }
    expect(text.at).toBe(text.end);
  });
});
