/** Every exact backend, at every thread count, makes the reference's contribution to the bit. */
import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import type { Backend } from '../backend.ts';
import { openBackend } from '../backends/open.ts';
import { chachaStream } from '../random/chacha20.ts';
import { contribute, initialCheckpoint } from './contribution.ts';
import type { Contribution } from './contribution.ts';
import type { TrainingSpec } from './spec.ts';

const seed = new Uint8Array(32).fill(5);
const spec: TrainingSpec = {
  model: {
    vocabSize: 259,
    contextLength: 33,
    dModel: 40,
    layers: 2,
    heads: 4,
    dFf: 72,
    ropeTheta: 10000,
    normEps: 1e-5,
  },
  optimizer: {
    learningRate: 6e-3,
    minLearningRate: 1e-3,
    warmupSteps: 1,
    totalSteps: 9,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    clipNorm: 1,
  },
  innerSteps: 3,
  batchPages: 5,
  stepOffset: 0,
  traceEvery: 1,
};

const draws = chachaStream(seed, 77);
const pages = Array.from({ length: 15 }, () =>
  Uint16Array.from({ length: 34 }, () => Math.floor(draws.uniform() * 259)),
);
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

async function contributionOn(backend: Backend): Promise<Contribution> {
  try {
    return await contribute(spec, initialCheckpoint(spec.model, seed), pages, backend, sha256);
  } finally {
    await backend.close();
  }
}

let expected: Contribution;
beforeAll(async () => {
  expected = await contributionOn(await openBackend('reference', { threads: 1 }));
});

test.each([1, 2, 3])('exact, %i threads', async (threads) => {
  const actual = await contributionOn(await openBackend('exact', { threads }));
  expect(actual.trace).toEqual(expected.trace);
  expect(Buffer.from(actual.delta).equals(expected.delta)).toBe(true);
  expect([actual.lossFirst, actual.lossLast]).toEqual([expected.lossFirst, expected.lossLast]);
});
