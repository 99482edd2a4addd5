/** What takes seconds: every bit of a recording. */
import { expect, it } from 'vitest';
import { NDJSON, refusalsOfFlipped } from '../testing/tiny-recording.ts';

it('a recording with any single bit flipped is refused, by the name of the flipped entry', () => {
  const bits = Array.from({ length: NDJSON.byteLength * 8 }, (_, bit) => bit);
  const seen = refusalsOfFlipped(bits);
  expect([...seen.keys()].sort()).toEqual([
    'recording_bad_entry',
    'recording_bad_signature',
    'recording_entry_missing',
    'recording_entry_repeated',
    'recording_wrong_root',
  ]);
  // What the authority alone vouches for and still decodes is all that stays anonymous.
  expect((seen.get('recording_wrong_root') ?? 0) / bits.length).toBeLessThan(0.5);
});
