/**
 * No damage to a recording, to its checkpoint or to the key goes unnoticed. Every bit of a larger
 * recording is flipped by scripts/damage.ts; four entries of it are in src/events/recording.test.ts.
 */
import * as E from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { verifyCheckpoint } from '../events/checkpoint.ts';
import { signNote } from '../events/note.ts';
import { verifyRecording } from '../events/recording.ts';
import { cuts, displacedLines, flippedBits } from './damage.ts';
import type { Damage } from './damage.ts';
import { keyNamed } from './desk.ts';
import { ndjsonOf, signedHead, storyLines, verifierKey } from './signed-story.ts';

const LINES = storyLines.slice(0, 12);
const NDJSON = ndjsonOf(LINES);
const CHECKPOINT = signedHead(LINES);

/** The damage that was accepted, described. */
const unnoticed = (cases: Iterable<Damage>, accepts: (bytes: Uint8Array) => boolean): string[] => {
  const accepted: string[] = [];
  for (const { what, bytes } of cases) if (accepts(bytes)) accepted.push(what);
  return accepted;
};
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const isRecording = (bytes: Uint8Array): boolean =>
  E.isRight(verifyRecording(bytes, CHECKPOINT, verifierKey));
const isHead = (bytes: Uint8Array): boolean =>
  E.isRight(verifyCheckpoint(verifierKey, textOf(bytes)));

it('lines dropped, doubled or swapped are noticed', () => {
  expect(isRecording(NDJSON)).toBe(true);
  expect(unnoticed(displacedLines(LINES), isRecording)).toEqual([]);
});

it('every bit of the checkpoint means something, and so does every byte', () => {
  const bytes = Buffer.from(CHECKPOINT);
  expect(isHead(bytes)).toBe(true);
  expect(unnoticed(flippedBits(bytes), isHead)).toEqual([]);
  expect(unnoticed(cuts(bytes), isHead)).toEqual([]);
});

it('every bit of the verifier key means something', () => {
  const accepts = (bytes: Uint8Array): boolean =>
    E.isRight(verifyCheckpoint(textOf(bytes), CHECKPOINT));
  expect(unnoticed(flippedBits(Buffer.from(verifierKey)), accepts)).toEqual([]);
});

it('only signatures by keys one does not know carry no meaning, and they change nothing', () => {
  // The specification demands that they be ignored: witnesses and rotated keys sign beside the log.
  const [text = ''] = CHECKPOINT.split('\n\n');
  const strangers = signNote(keyNamed('witness'), 'witness.example/w1', `${text}\n`);
  const line = strangers.slice(`${text}\n\n`.length);
  const bytes = Buffer.from(CHECKPOINT + line);
  const strangersAt = Buffer.byteLength(CHECKPOINT);
  const head = verifyCheckpoint(verifierKey, CHECKPOINT);
  let ignored = 0;
  for (const damage of flippedBits(bytes)) {
    const found = verifyCheckpoint(verifierKey, textOf(damage.bytes));
    if (E.isLeft(found)) continue;
    const at = Number(/byte (\d+)/.exec(damage.what)?.[1]);
    expect([damage.what, at >= strangersAt, found]).toEqual([damage.what, true, head]);
    ignored += 1;
  }
  expect(ignored).toBeGreaterThan(0);
});
