/**
 * Damages a signed recording in every way there is, one at a time, and expects each to be noticed:
 *
 *   node scripts/damage.ts [entries]      12 by default: 66 thousand bits and more
 *
 * Exits with 1 when anything damaged verifies.
 */
import * as E from 'fp-ts/lib/Either.js';
import { verifyRecording } from '../src/events/recording.ts';
import { cuts, displacedLines, flippedBits } from '../src/testing/damage.ts';
import type { Damage } from '../src/testing/damage.ts';
import { ndjsonOf, signedHead, storyLines, verifierKey } from '../src/testing/signed-story.ts';

const lines = storyLines.slice(0, Number(process.argv[2] ?? '12'));
const ndjson = ndjsonOf(lines);
const checkpoint = signedHead(lines);
const kinds: Readonly<Record<string, Iterable<Damage>>> = {
  'bits flipped': flippedBits(ndjson),
  'places cut': cuts(ndjson),
  'lines dropped, doubled or swapped': displacedLines(lines),
};

for (const [kind, cases] of Object.entries(kinds)) {
  const codes = new Map<string, number>();
  const started = performance.now();
  for (const { what, bytes } of cases) {
    const verified = verifyRecording(bytes, checkpoint, verifierKey);
    if (E.isRight(verified)) {
      process.stdout.write(`UNNOTICED: ${what}\n`);
      process.exitCode = 1;
    }
    const code = E.isRight(verified) ? 'verified' : verified.left.code;
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  const total = [...codes.values()].reduce((sum, count) => sum + count, 0);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${total} ${kind} in ${seconds} s\n`);
  for (const [code, count] of codes) process.stdout.write(`  ${code}: ${count}\n`);
}
