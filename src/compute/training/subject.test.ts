/** What is trained and what is frozen: wrong combinations are refused, an adapter learns alone. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import type { Hash } from '../merkle-tree.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import { TrainingInputError } from '../training-input-error.ts';
import { contribute, initialCheckpoint } from './contribution.ts';
import { heldOutLossMicroNats } from './held-out.ts';
import { outerStep } from './outer-step.ts';
import { initialAdapterCheckpoint, subjectOf } from './subject.ts';
import type { TrainingSpec } from './spec.ts';
import { tinySpec } from './tiny-spec.ts';

const spec: TrainingSpec = {
  ...tinySpec,
  innerSteps: 6,
  batchPages: 2,
  stepOffset: 0,
  traceEvery: 0,
};
const pages = Array.from({ length: 12 }, (_, page) =>
  Uint16Array.from({ length: 9 }, (_unused, i) => (2 * page + i) % 23),
);
const seed = new Uint8Array(32).fill(3);
const base = initialCheckpoint(spec.model, seed);
const adapter = { rank: 2, alpha: 4, targets: ['lm_head'] };
const checkpoint = initialAdapterCheckpoint(spec.model, adapter, seed);
const hash: Hash = (bytes) => createHash('sha256').update(bytes).digest();
const backend = openReferenceBackend();

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'ok';
  } catch (error) {
    if (error instanceof TrainingInputError) return error.code;
    throw error;
  }
};

it.each([
  ['base_missing', adapter, checkpoint, null],
  ['base_unexpected', undefined, base, base],
  ['tensor_missing', adapter, base, base],
  ['tensor_missing', undefined, checkpoint, null],
  ['tensor_missing', adapter, checkpoint, checkpoint],
  ['shape_mismatch', { ...adapter, rank: 3 }, checkpoint, base],
  ['spec_invalid', { ...adapter, rank: 0 }, checkpoint, base],
] as const)('%s', (code, lora, from, beside) => {
  expect(codeOf(() => subjectOf(spec.model, lora, from, beside))).toBe(code);
});

it('an adapter that is trained lowers the loss of its base, and its delta is of the adapter alone', async () => {
  const of = (file: Uint8Array) =>
    heldOutLossMicroNats(spec.model, file, pages, 2, backend, { adapter, base });
  const before = await heldOutLossMicroNats(spec.model, base, pages, 2, backend);
  expect(await of(checkpoint)).toBe(before);
  const tuned = { ...spec, adapter };
  const made = await contribute(tuned, checkpoint, pages, backend, hash, undefined, base);
  expect([...readSafetensors(made.delta).tensors.keys()]).toEqual([
    ...readSafetensors(checkpoint).tensors.keys(),
  ]);
  const outer = { outerLearningRate: 1, outerMomentum: 0 };
  expect(await of(outerStep(outer, checkpoint, null, [made.delta]).checkpoint)).toBeLessThan(
    before,
  );
});
