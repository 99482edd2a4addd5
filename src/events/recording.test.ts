import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signCheckpoint } from './checkpoint.ts';
import { splitRecording, verifyChunks, verifyRecording } from './recording.ts';
import { MAX_ENTRY_BYTES } from './commit.ts';
import {
  CHECKPOINT,
  checkpointOf,
  errorOf,
  join,
  lineOf,
  LINES,
  name,
  NDJSON,
  refusalsOfFlipped,
  VERIFIER_KEY,
  worker,
} from '../testing/tiny-recording.ts';

const NEWLINE = Buffer.from('\n');

const verdict = (lines: readonly Uint8Array[]): [string, number | null] => {
  const { code, sequence } = errorOf(join(lines));
  return [code, sequence];
};

describe('a recording', () => {
  it('verifies, and says its size and root', () => {
    const result = verifyRecording(NDJSON, CHECKPOINT, VERIFIER_KEY);
    expect(result).toMatchObject({ right: { size: 4 } });
    expect(verifyRecording(new Uint8Array(0), checkpointOf([]), VERIFIER_KEY)).toMatchObject({
      right: { size: 0 },
    });
  });

  it('splits into its lines', () => {
    expect([...splitRecording(NDJSON)].map((line) => Buffer.from(line))).toEqual(
      LINES.map((line) => Buffer.from(line)),
    );
    expect([...splitRecording(Buffer.from('a\n\nb'))].map(String)).toHaveLength(3);
    expect([...splitRecording(new Uint8Array(0))]).toEqual([]);
  });

  it('with any single bit flipped is refused, and the entry it names is the flipped one', () => {
    // Every nineteenth, which comes through all eight of a byte; all of them in recording.int.test.ts.
    const bits = Array.from({ length: Math.floor((8 * NDJSON.length) / 19) }, (_, at) => 19 * at);
    const seen = refusalsOfFlipped(bits);
    expect([...seen.keys()]).toEqual(
      expect.arrayContaining([
        'recording_bad_entry',
        'recording_bad_signature',
        'recording_wrong_root',
      ]),
    );
    // What the authority alone vouches for and still decodes is all that stays anonymous.
    expect((seen.get('recording_wrong_root') ?? 0) / bits.length).toBeLessThan(0.5);
  });

  it('names the sequence of every line dropped, doubled or swapped', () => {
    for (let at = 0; at < LINES.length; at++) {
      const last = at === LINES.length - 1;
      expect(verdict(LINES.toSpliced(at, 1))).toEqual([
        last ? 'recording_truncated' : 'recording_entry_missing',
        at,
      ]);
      expect(verdict(LINES.toSpliced(at, 0, LINES[at] as Uint8Array))).toEqual([
        last ? 'recording_too_long' : 'recording_entry_repeated',
        at + 1,
      ]);
      for (let other = at + 1; other < LINES.length; other++) {
        const swapped = LINES.with(at, LINES[other] as Uint8Array).with(
          other,
          LINES[at] as Uint8Array,
        );
        expect(verdict(swapped)).toEqual(['recording_entry_missing', at]);
      }
    }
  });

  it('is refused when cut at any byte, or lengthened', () => {
    for (let length = 0; length < NDJSON.byteLength; length++) {
      const whole = LINES.findIndex(
        (_, index) => join(LINES.slice(0, index + 1)).byteLength > length,
      );
      expect([length, errorOf(NDJSON.subarray(0, length)).sequence]).toEqual([length, whole]);
    }
    expect(verdict([...LINES, lineOf(4)])).toEqual(['recording_too_long', 4]);
    expect(errorOf(Buffer.concat([NDJSON, Buffer.from('\n')])).sequence).toBe(4);
  });

  it('names the author whose statement was altered in a way that decodes', () => {
    const altered = Buffer.from(LINES[1] as Uint8Array)
      .toString()
      .replace('abc', 'abd');
    expect(verdict(LINES.with(1, Buffer.from(altered)))).toEqual(['recording_bad_signature', 1]);
    const unsigned = Buffer.from(LINES[2] as Uint8Array)
      .toString()
      .replace('abc', 'abd');
    expect(verdict(LINES.with(2, Buffer.from(unsigned)))).toEqual(['recording_wrong_root', null]);
  });

  it('that comes in chunks is judged as the whole is, wherever they are cut', async () => {
    const endings = [4096, MAX_ENTRY_BYTES + 1, 2 * MAX_ENTRY_BYTES].map((length) =>
      Buffer.alloc(length, 'x'),
    );
    const damaged = (kind: number, at: number): Uint8Array => {
      if (kind === 0) return NDJSON;
      if (kind === 1) return NDJSON.subarray(0, at);
      if (kind === 2) return join(LINES.toSpliced(at % LINES.length, 1));
      if (kind === 3) return join(LINES.with(at % LINES.length, lineOf(at % 6)));
      if (kind === 4) return Buffer.from(NDJSON.toString('latin1').replace('abc', 'abd'), 'latin1');
      return Buffer.concat([NDJSON, endings[at % endings.length] ?? NEWLINE, NEWLINE]);
    };
    const someKind = fc.nat(5);
    const someCuts = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(someKind, fc.nat(NDJSON.byteLength), someCuts, async (kind, at, cuts) => {
        const ndjson = damaged(kind, at);
        // The first chunks are small ones; a line that is far too large takes some of the others.
        async function* chunks(): AsyncGenerator<Uint8Array, void, void> {
          for (let [from, count] = [0, 0]; from < ndjson.byteLength; count += 1) {
            const length = cuts[count] ?? 100_000;
            yield ndjson.subarray(from, from + length);
            from += length;
          }
        }
        expect(await verifyChunks(chunks, CHECKPOINT, VERIFIER_KEY)).toEqual(
          verifyRecording(ndjson, CHECKPOINT, VERIFIER_KEY),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('is refused under a checkpoint of another key, ledger or moment', () => {
    const stranger = signCheckpoint(worker, name, {
      origin: name,
      size: 4,
      root: new Uint8Array(32),
    });
    expect(errorOf(NDJSON, stranger)).toMatchObject({
      code: 'recording_bad_checkpoint',
      cause: { code: 'note_unsigned' },
    });
    expect(errorOf(NDJSON, CHECKPOINT.replace('4\n', '5\n')).code).toBe('recording_bad_checkpoint');
    expect(errorOf(NDJSON, checkpointOf(LINES.slice(0, 3)))).toMatchObject({
      code: 'recording_too_long',
      sequence: 3,
    });
    expect(errorOf(NDJSON, checkpointOf([...LINES, lineOf(4)]))).toMatchObject({
      code: 'recording_truncated',
      sequence: 4,
    });
  });

  it('answers any splice of itself with a value', () => {
    const at = fc.nat(NDJSON.byteLength);
    fc.assert(
      fc.property(at, at, at, (from, to, put) => {
        const piece = NDJSON.subarray(Math.min(from, to), Math.max(from, to));
        const spliced = Buffer.concat([NDJSON.subarray(0, put), piece, NDJSON.subarray(put)]);
        if (piece.byteLength > 0) expect(errorOf(spliced).message).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });
});
