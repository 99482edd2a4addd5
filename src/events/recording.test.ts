import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { originOf, signCheckpoint } from './checkpoint.ts';
import { encodeEntry, sourceOf, timeOfMs } from './entry.ts';
import type { CommandId, EntrySequence, LedgerId } from './ids.ts';
import { CompactRange, leafHash } from './merkle.ts';
import { generateKey } from './nkey.ts';
import { verifierKeyOf } from './note.ts';
import { splitRecording, verifyRecording } from './recording.ts';
import type { RecordingError } from './recording.ts';
import { signStatement } from './statement.ts';

const ledger = 'tiny' as LedgerId;
const authority = generateKey(new Uint8Array(32).fill(1));
const worker = generateKey(new Uint8Array(32).fill(2));
const name = originOf(ledger);
const VERIFIER_KEY = verifierKeyOf(name, authority.actor);

/** Even sequences are the authority's, unsigned; odd ones carry their author's signature. */
function lineOf(sequence: number): Uint8Array {
  const statement = {
    actor: sequence % 2 === 0 ? authority.actor : worker.actor,
    commandid: `cmd-${sequence}` as CommandId,
    source: sourceOf(ledger),
    subject: 'run/r1',
    type: sequence % 2 === 0 ? 'daybook.clock.ticked.v1' : 'daybook.claim.made.v1',
    data: { n: sequence, note: 'abc' },
  };
  const rest = {
    id: `e-${sequence}`,
    time: timeOfMs(sequence),
    sequence: sequence as EntrySequence,
  };
  const sig = sequence % 2 === 0 ? {} : { sig: signStatement(worker, statement) };
  return encodeEntry({ ...statement, ...rest, ...sig });
}
const join = (lines: readonly Uint8Array[]): Buffer =>
  Buffer.concat(lines.flatMap((line) => [line, Uint8Array.of(0x0a)]));
function checkpointOf(lines: readonly Uint8Array[]): string {
  const range = CompactRange.empty();
  for (const line of lines) range.append(leafHash(line));
  return signCheckpoint(authority, name, { origin: name, size: range.size, root: range.root() });
}

const LINES = Array.from({ length: 4 }, (_, sequence) => lineOf(sequence));
const NDJSON = join(LINES);
const CHECKPOINT = checkpointOf(LINES);

function errorOf(ndjson: Uint8Array, checkpoint = CHECKPOINT): RecordingError {
  const result = verifyRecording(ndjson, checkpoint, VERIFIER_KEY);
  if (E.isRight(result)) throw new Error('a bad recording was accepted');
  return result.left;
}
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
    const ends = LINES.map((_, index) => join(LINES.slice(0, index + 1)).byteLength);
    const seen = new Map<string, number>();
    for (let bit = 0; bit < NDJSON.byteLength * 8; bit++) {
      const flipped = Buffer.from(NDJSON);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { code, sequence } = errorOf(flipped);
      seen.set(code, (seen.get(code) ?? 0) + 1);
      const at = ends.findIndex((end) => bit >> 3 < end);
      const named = [code, sequence, at, bit];
      if (code === 'recording_wrong_root') {
        expect(sequence).toBeNull();
      } else expect(named).toEqual([code, at, at, bit]);
    }
    expect([...seen.keys()].sort()).toEqual([
      'recording_bad_entry',
      'recording_bad_signature',
      'recording_entry_missing',
      'recording_entry_repeated',
      'recording_wrong_root',
    ]);
    // What the authority alone vouches for and still decodes is all that stays anonymous.
    expect((seen.get('recording_wrong_root') ?? 0) / (NDJSON.byteLength * 8)).toBeLessThan(0.5);
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
