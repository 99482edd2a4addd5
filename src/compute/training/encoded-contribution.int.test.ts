/** Exact backends at every thread count send the reference's files and keep its feedback, to the bit. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Backend } from '../backend.ts';
import { openBackend } from '../backends/open.ts';
import type { DeltaEncoding } from '../deltas/encoding.ts';
import { chachaStream } from '../random/chacha20.ts';
import { initialCheckpoint } from './contribution.ts';
import { encodeContribution } from './encoded-contribution.ts';
import type { CommittedFile } from './encoded-contribution.ts';
import { tinySpec } from './tiny-spec.ts';

const encodings: readonly DeltaEncoding[] = [
  { name: 'int8', statistic: 'absmax', block: 64, decay: 0.95 },
  { name: 'int8', statistic: 'bins', block: 1024, decay: 0.95 },
  { name: 'sparseloco', tile: 16, top: 8, decay: 0.95 },
  { name: 'demo', tile: 16, top: 8, decay: 0.95 },
];
const seed = new Uint8Array(32).fill(5);
const model = { ...tinySpec.model, vocabSize: 259, contextLength: 33, dModel: 40, dFf: 72 };
const draws = chachaStream(seed, 77);
const pages = Array.from({ length: 6 }, () =>
  Uint16Array.from({ length: 34 }, () => Math.floor(draws.uniform() * 259)),
);
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** Digests of what two windows send and keep. */
async function digestsOn(backend: Backend): Promise<unknown[]> {
  const digests: unknown[] = [];
  try {
    for (const encoding of encodings) {
      let feedback: CommittedFile | null = null;
      for (const window of [0, 1]) {
        const step = { innerSteps: 2, batchPages: 3, stepOffset: 2 * window, traceEvery: 1 };
        const spec = { ...tinySpec, model, ...step, encoding };
        const checkpoint = initialCheckpoint(model, seed);
        const done = await encodeContribution(spec, checkpoint, pages, feedback, backend, sha256);
        feedback = done.feedback;
        digests.push([encoding.name, window, done.encoded.digest, feedback?.digest, done.trace]);
      }
    }
    return digests;
  } finally {
    await backend.close();
  }
}

const expected = await digestsOn(await openBackend('reference', { threads: 1 }));

test.each([1, 2, 3])('exact, %i threads', async (threads) => {
  expect(await digestsOn(await openBackend('exact', { threads }))).toEqual(expected);
});
