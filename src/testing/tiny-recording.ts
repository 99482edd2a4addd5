/** A recording of four entries, small enough that every bit of it can be flipped. */
import * as E from 'fp-ts/lib/Either.js';
import { expect } from 'vitest';
import { originOf, signCheckpoint } from '../events/checkpoint.ts';
import { encodeEntry, sourceOf, timeOfMs } from '../events/entry.ts';
import type { CommandId, EntrySequence, LedgerId } from '../events/ids.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import { generateKey } from '../events/nkey.ts';
import { verifierKeyOf } from '../events/note.ts';
import { verifyRecording } from '../events/recording.ts';
import type { RecordingError } from '../events/recording-error.ts';
import { signStatement } from '../events/statement.ts';

const ledger = 'tiny' as LedgerId;
const authority = generateKey(new Uint8Array(32).fill(1));
export const worker = generateKey(new Uint8Array(32).fill(2));
export const name = originOf(ledger);
export const VERIFIER_KEY = verifierKeyOf(name, authority.actor);

/** Even sequences are the authority's, unsigned; odd ones carry their author's signature. */
export function lineOf(sequence: number): Uint8Array {
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
export const join = (lines: readonly Uint8Array[]): Buffer =>
  Buffer.concat(lines.flatMap((line) => [line, Uint8Array.of(0x0a)]));
export function checkpointOf(lines: readonly Uint8Array[]): string {
  const range = CompactRange.empty();
  for (const line of lines) range.append(leafHash(line));
  return signCheckpoint(authority, name, { origin: name, size: range.size, root: range.root() });
}

export const LINES = Array.from({ length: 4 }, (_, sequence) => lineOf(sequence));
export const NDJSON = join(LINES);
export const CHECKPOINT = checkpointOf(LINES);

export function errorOf(ndjson: Uint8Array, checkpoint = CHECKPOINT): RecordingError {
  const result = verifyRecording(ndjson, checkpoint, VERIFIER_KEY);
  if (E.isRight(result)) throw new Error('a bad recording was accepted');
  return result.left;
}

/** Every bit flipped by itself is refused, and by the name of its entry; how often under which code. */
export function refusalsOfFlipped(bits: Iterable<number>): Map<string, number> {
  const ends = LINES.map((_, index) => join(LINES.slice(0, index + 1)).byteLength);
  const seen = new Map<string, number>();
  for (const bit of bits) {
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
  return seen;
}
