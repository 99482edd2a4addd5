/** Whatever the cut into lines and chunks: the same events, errors and leaves as line by line. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { ndjsonOf, storyLines } from '../testing/signed-story.ts';
import { decodeEvent } from './decode-event.ts';
import type { Entry } from './entry.ts';
import { EventLines, wholeLines } from './event-lines.ts';
import { leafHash } from './merkle.ts';
import { splitRecording } from './recording.ts';
import { statementBytes } from './statement.ts';

const some = storyLines.slice(0, 60);
const odd = [
  Buffer.from(''),
  Buffer.from('{}'),
  Buffer.from('é'),
  Buffer.from(
    Buffer.from(some[3] as Uint8Array)
      .toString()
      .replace(',', ' ,'),
  ),
];
const anyLines = fc.array(fc.oneof(fc.constantFrom(...some), fc.constantFrom(...odd)), {
  maxLength: 12,
});

function readAll(lines: EventLines, ndjson: Uint8Array): unknown[] {
  const all: unknown[] = [];
  lines.load(ndjson);
  for (let next = lines.next(); next !== null; next = lines.next()) {
    // The leaf first: it must not spoil the line that is handed out after it.
    const leaf = lines.leafHash();
    all.push({ next, leaf, line: Buffer.from(lines.line) });
  }
  return all;
}
const expected = (ndjson: Uint8Array): unknown[] =>
  [...splitRecording(ndjson)].map((line) => ({
    next: decodeEvent(line),
    leaf: leafHash(line),
    line: Buffer.from(line),
  }));

describe('lines of events', () => {
  it('are what each line is by itself, ended or not', () => {
    const lines = new EventLines();
    fc.assert(
      fc.property(anyLines, fc.nat(40), (picked, cut) => {
        const ndjson = ndjsonOf(picked);
        const piece = ndjson.subarray(0, Math.max(0, ndjson.length - cut));
        // Node's own equality: vitest's takes longer than all that is tested.
        expect(isDeepStrictEqual(readAll(lines, piece), expected(piece))).toBe(true);
      }),
    );
  });

  it('give the bytes that their authors signed', () => {
    const lines = new EventLines();
    const respaced = storyLines.map((line) =>
      Buffer.from(Buffer.from(line).toString().replace('"data":', '"data": ')),
    );
    for (const ndjson of [ndjsonOf(storyLines), ndjsonOf(respaced)]) {
      lines.load(ndjson);
      for (let next = lines.next(); next !== null; next = lines.next()) {
        if (isLeft(next)) throw new Error(next.left.message);
        const expectedBytes = statementBytes(next.right as unknown as Entry);
        expect(Buffer.compare(lines.statementBytes(next.right), expectedBytes)).toBe(0);
      }
    }
  });

  it('come whole out of any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(anyLines, fc.array(fc.nat(3000), { maxLength: 8 }), async (picked, cuts) => {
        const ndjson = ndjsonOf(picked);
        const at = [
          0,
          ...cuts.map((cut) => cut % (ndjson.length + 1)).sort((a, b) => a - b),
          ndjson.length,
        ];
        const chunks = at.slice(1).map((end, index) => ndjson.subarray(at[index], end));
        const pieces: Uint8Array[] = [];
        for await (const piece of wholeLines(chunks)) pieces.push(Buffer.from(piece));
        expect(Buffer.concat(pieces).equals(ndjson)).toBe(true);
        expect(pieces.every((piece) => piece.at(-1) === 0x0a)).toBe(true);
      }),
    );
  });

  it('hold no more of an endless line than its limit', async () => {
    const chunks = Array.from({ length: 40 }, () => Buffer.alloc(65_536, 0x61));
    const pieces: Uint8Array[] = [];
    for await (const piece of wholeLines([...chunks, Buffer.from('\n'), some[0] as Uint8Array]))
      pieces.push(piece);
    expect(pieces[0]?.byteLength).toBeLessThan(6 * 65_536);
    expect(decodeEvent((pieces[0] as Uint8Array).subarray(0, -1))).toMatchObject({
      left: { code: 'entry_too_large' },
    });
    // Of which it holds a part only, and still says the same: nothing of a length that is not its own.
    expect(decodeEvent((pieces[0] as Uint8Array).subarray(0, -1))).toEqual(
      decodeEvent(Buffer.concat(chunks)),
    );
    expect(pieces).toHaveLength(2);
  });
});
