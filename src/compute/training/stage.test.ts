import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import { chachaStream } from '../random/chacha20.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { contribute, initialCheckpoint } from './contribution.ts';
import type { Contribution } from './contribution.ts';
import type { TrainingSpec } from './spec.ts';
import { trainStage } from './stage.ts';
import { initialAdapterCheckpoint } from './subject.ts';
import { tinySpec } from './tiny-spec.ts';

const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const seed = new Uint8Array(32).fill(1);
const backend = openReferenceBackend();
const spec: TrainingSpec = {
  ...tinySpec,
  innerSteps: 5,
  batchPages: 2,
  stepOffset: 5,
  traceEvery: 2,
};
const draws = chachaStream(seed, 9);
const pages = Array.from({ length: 10 }, () =>
  Uint16Array.from({ length: 9 }, () => Math.floor(draws.uniform() * 23)),
);
const model = initialCheckpoint(spec.model, seed);

async function inStages(
  of: TrainingSpec,
  checkpoint: Uint8Array,
  base: Uint8Array | null,
  sizes: readonly number[],
): Promise<Contribution[]> {
  const done: Contribution[] = [];
  let first = 0;
  for (const steps of sizes) {
    const state = done.at(-1)?.delta ?? null;
    const own = pages.slice(first * 2, (first + steps) * 2);
    const input = { checkpoint, state, base };
    done.push(await trainStage(of, { first, steps }, input, own, backend, hash));
    first += steps;
  }
  return done;
}

const adapter = { rank: 2, alpha: 4, targets: ['q_proj', 'w1'] as const };
const adapted: TrainingSpec = { ...spec, adapter: { ...adapter, targets: [...adapter.targets] } };

test.each([[[5]], [[1, 4]], [[2, 3]], [[1, 1, 1, 1, 1]]])(
  'stages of %j steps make the contribution to the bit',
  async (sizes) => {
    const whole = await contribute(spec, model, pages, backend, hash);
    const done = await inStages(spec, model, null, sizes);
    expect(Buffer.compare(done.at(-1)!.delta, whole.delta)).toBe(0);
    expect(done.at(-1)!.trace.at(-1)).toBe(whole.trace.at(-1));
    expect(done.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(whole.tokens);
    expect([done[0]!.lossFirst, done.at(-1)!.lossLast]).toEqual([whole.lossFirst, whole.lossLast]);
    // Of the whole's roots each stage has those within it, and one where it ends.
    const roots = new Set(done.flatMap(({ trace }) => trace));
    for (const root of whole.trace) expect(roots).toContain(root);
  },
);

test('an adapter beside a frozen base, too', async () => {
  const checkpoint = initialAdapterCheckpoint(spec.model, adapted.adapter!, seed);
  const whole = await contribute(adapted, checkpoint, pages, backend, hash, () => {}, model);
  const done = await inStages(adapted, checkpoint, model, [3, 2]);
  expect(Buffer.compare(done[1]!.delta, whole.delta)).toBe(0);
});

test('a state that does not fit is refused before any step', async () => {
  const [first] = await inStages(spec, model, null, [2]);
  const second = (state: Uint8Array | null, span = { first: 2, steps: 3 }) => {
    const own = pages.slice(span.first * 2, (span.first + span.steps) * 2);
    return trainStage(spec, span, { checkpoint: model, state, base: null }, own, backend, hash);
  };
  const { tensors, metadata } = readSafetensors(first!.delta);
  const edited = (edit: (tensors: Map<string, Tensor>) => void): Uint8Array => {
    const own = new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data }]));
    edit(own);
    return writeSafetensors(own, metadata);
  };
  const one = [...tensors.keys()].find((name) => name.startsWith('exp_avg_sq/'))!;
  const negative = edited((own) =>
    own.set(one, { ...own.get(one)!, data: own.get(one)!.data.map(() => -1) }),
  );
  const refusals: [Uint8Array | null, string][] = [
    [null, 'state_step_mismatch'],
    [model, 'state_step_mismatch'],
    [writeSafetensors(tensors), 'state_step_mismatch'],
    [edited((own) => own.delete(one)), 'tensor_missing'],
    [negative, 'value_out_of_range'],
  ];
  for (const [state, code] of refusals)
    await expect(second(state)).rejects.toMatchObject({ name: 'TrainingInputError', code });
  await expect(second(first!.delta, { first: 1, steps: 3 })).rejects.toMatchObject({
    code: 'state_step_mismatch',
  });
  await expect(second(first!.delta, { first: 2, steps: 4 })).rejects.toMatchObject({
    code: 'spec_invalid',
  });
  expect((await second(first!.delta)).tokens).toBe(48);
});
