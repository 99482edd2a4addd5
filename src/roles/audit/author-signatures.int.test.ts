/** Spread over threads, the answer is that of one pass in order. */
import { describe, expect, it } from 'vitest';
import { countSignatures } from '../../testing/count-signatures.ts';
import { storyLines } from '../../testing/signed-story.ts';

/** Long enough to be spread; the same entries over and over, which signatures do not mind. */
const lines = Array.from(
  { length: 3000 },
  (_, at) => storyLines[at % storyLines.length] as Uint8Array,
);
const isSigned = (line: Uint8Array): boolean => Buffer.from(line).includes('"sig":"');
const signed = lines.flatMap((line, sequence) => (isSigned(line) ? [sequence] : []));

/** The signature of another statement in place of its own. */
function forged(...sequences: number[]): Uint8Array[] {
  return lines.map((line, sequence) => {
    if (!sequences.includes(sequence)) return line;
    const text = Buffer.from(line).toString();
    const sig = /"sig":"([^"]{87})=/.exec(text)?.[1] as string;
    return Buffer.from(text.replace(sig, `${sig[0] === 'A' ? 'B' : 'A'}${sig.slice(1)}`));
  });
}

describe('author signatures over threads', () => {
  it('are counted as in one', async () => {
    const alone = await countSignatures(lines, 1);
    expect(alone).toEqual({ signed: signed.length, firstBad: null });
    expect(await countSignatures(lines, 3)).toEqual(alone);
  });

  it('give the first that does not hold, wherever in a batch and whoever finds it', async () => {
    const [first, middle, last] = [signed[0], signed[signed.length >> 1], signed.at(-1)] as [
      number,
      number,
      number,
    ];
    for (const bad of [[first, last], [middle, middle + 600], [last]])
      expect((await countSignatures(forged(...bad), 3)).firstBad).toBe(Math.min(...bad));
    expect((await countSignatures(forged(middle, last), 1)).firstBad).toBe(middle);
  });
});
