import { expect } from 'vitest';
import { testsOnDevice } from '../backends/gpu-test.ts';
import { openBackend } from '../backends/open.ts';
import { openReferenceBackend } from '../backends/reference.ts';
import { initialParameters } from '../model/parameters.ts';
import { compareDeltas } from '../training/compare-deltas.ts';
import { contribute, initialCheckpoint } from '../training/contribution.ts';
import { heldOutLossMicroNats } from '../training/held-out.ts';
import { openTraining } from '../training/open-training.ts';
import type { StepReport } from '../training/trainer.ts';
import type { TrainingSpec } from '../training/spec.ts';
import { tinySpec } from '../training/tiny-spec.ts';

const onDevice = testsOnDevice();

const STEPS = 6;
const SPEC: TrainingSpec = {
  ...tinySpec,
  innerSteps: STEPS,
  batchPages: 3,
  stepOffset: 0,
  traceEvery: 2,
};
const SEED = new Uint8Array(32).fill(3);
const pagesOf = (spec: TrainingSpec): Uint16Array[] =>
  Array.from({ length: spec.innerSteps * spec.batchPages }, (_, page) =>
    Uint16Array.from(
      { length: spec.model.contextLength + 1 },
      (__, i) => (page * 5 + i * (1 + (page % 3))) % spec.model.vocabSize,
    ),
  );
const PAGES = pagesOf(SPEC);
const batchOf = (step: number): Uint16Array[] => PAGES.slice(step * 3, step * 3 + 3);
/** Of traces: enough to tell states apart. */
const sumOf = (bytes: Uint8Array): Uint8Array => {
  const sum = new Uint8Array(32);
  bytes.forEach((byte, i) => (sum[i % 32]! += byte + (i % 251)));
  return sum;
};

onDevice('contributes as the reference does, within bounds', async (backend) => {
  const checkpoint = initialCheckpoint(SPEC.model, SEED);
  const contributed = async (on: typeof backend) => {
    const reports: StepReport[] = [];
    const made = await contribute(SPEC, checkpoint, PAGES, on, sumOf, (step) => reports.push(step));
    return { ...made, reports };
  };
  const got = await contributed(backend);
  const want = await contributed(openReferenceBackend());
  const { cosine, normRatio } = compareDeltas(got.delta, want.delta);
  expect(cosine).toBeGreaterThan(1 - 1e-8);
  expect(Math.abs(normRatio - 1)).toBeLessThan(1e-5);
  expect(got.reports.length).toBe(STEPS);
  for (const [index, report] of got.reports.entries()) {
    const { loss, gradientNorm, clipScale, ...rest } = want.reports[index]!;
    expect(report).toMatchObject(rest);
    expect(report.loss).toBeCloseTo(loss, 5);
    expect(report.gradientNorm / gradientNorm).toBeCloseTo(1, 5);
    expect(report.clipScale).toBeCloseTo(clipScale, 5);
  }
  expect(got.lossLast).toBeLessThan(got.lossFirst);
  expect(new Set(got.trace).size).toBe(3);
  expect(got.tokens).toBe(want.tokens);
});

onDevice('keeps parameters and moments on the device from step to step', async (backend) => {
  const initial = initialParameters(SPEC.model, SEED);
  const [got, want] = await Promise.all([
    openTraining(SPEC, initial, backend),
    openTraining(SPEC, initial, openReferenceBackend()),
  ]);
  const { gpu } = backend.device!;
  const sent: number[] = [];
  const write = gpu.queue.writeBuffer.bind(gpu.queue);
  gpu.queue.writeBuffer = (buffer, offset, data, from = 0, size = data.byteLength) => {
    sent.push(Number(size));
    write(buffer, offset, data as ArrayBuffer, from, size);
  };
  try {
    for (let step = 0; step < 3; step += 1) {
      await got.step(step, batchOf(step));
      await want.step(step, batchOf(step));
    }
  } finally {
    gpu.queue.writeBuffer = write;
  }
  // Each step: 24 tokens, their order, where each distinct one begins, 24 targets, eight numbers.
  expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBe(3 * 4 * (24 + 24 + 25 + 24 + 8));
  const ours = await got.state();
  const theirs = await want.state();
  got.close();
  for (const [name, { data }] of theirs.moments.m) {
    const m = ours.moments.m.get(name)!.data;
    const size = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
    expect(Math.max(...data.map((x, i) => Math.abs(x - m[i]!))), name).toBeLessThan(1e-4 * size);
  }
  for (const [name, { data }] of theirs.moments.v) {
    const v = ours.moments.v.get(name)!.data;
    expect(
      v.every((x, i) => Math.abs(x - data[i]!) <= 1e-4 * data[i]! + 1e-12),
      name,
    ).toBe(true);
  }
});

onDevice('finds the held-out loss, the last batch not full', async (backend) => {
  const checkpoint = initialCheckpoint(SPEC.model, SEED);
  const on = (one: typeof backend): Promise<number> =>
    heldOutLossMicroNats(SPEC.model, checkpoint, PAGES.slice(0, 7), 3, one);
  expect(Math.abs((await on(backend)) - (await on(openReferenceBackend())))).toBeLessThanOrEqual(2);
});

onDevice('does not clip where the limit is zero', async (backend) => {
  const spec = { ...SPEC, optimizer: { ...SPEC.optimizer, clipNorm: 0 } };
  const run = await openTraining(spec, initialParameters(SPEC.model, SEED), backend);
  const { gradientNorm, clipScale } = await run.step(0, batchOf(0));
  run.close();
  expect(gradientNorm).toBeGreaterThan(1);
  expect(clipScale).toBe(1);
});

onDevice('says where arithmetic left the finite numbers', async (backend) => {
  const huge = new Map(
    [...initialParameters(SPEC.model, SEED)].map(([name, { shape, data }]) => [
      name,
      { shape, data: name === 'lm_head.weight' ? data.map((x) => x * 1e38) : data },
    ]),
  );
  const run = await openTraining(SPEC, huge, backend);
  await expect(run.step(0, batchOf(0))).rejects.toMatchObject({ name: 'NumericFault', step: 0 });
  run.close();
});

onDevice('refuses what is more than the device holds, and goes on', async (backend) => {
  const model = { ...SPEC.model, contextLength: 65536 };
  const spec = { ...SPEC, model, batchPages: 1, innerSteps: 1 };
  const run = openTraining(spec, initialParameters(model, SEED), backend);
  await expect(run).rejects.toMatchObject({
    name: 'BackendUnavailable',
    code: 'backend_memory_exhausted',
  });
  const next = await openTraining(SPEC, initialParameters(SPEC.model, SEED), backend);
  expect((await next.step(0, batchOf(0))).loss).toBeGreaterThan(0);
  next.close();
});

// Last: it takes the device of the whole process away.
onDevice('says that the device was lost, and finds it again when opened again', async (backend) => {
  const initial = initialParameters(SPEC.model, SEED);
  const run = await openTraining(SPEC, initial, backend);
  await run.step(0, batchOf(0));
  const going = run.step(1, batchOf(1));
  backend.device!.gpu.destroy();
  const lost = { name: 'BackendUnavailable', code: 'backend_device_lost' };
  await expect(going).rejects.toMatchObject(lost);
  await expect(run.step(2, batchOf(2))).rejects.toMatchObject(lost);
  await expect(run.state()).rejects.toMatchObject(lost);
  run.close();
  await expect(openTraining(SPEC, initial, backend)).rejects.toMatchObject(lost);
  const again = await openBackend('gpu', { threads: 1 });
  const next = await openTraining(SPEC, initial, again);
  expect((await next.step(0, batchOf(0))).loss).toBeGreaterThan(0);
  next.close();
  await again.close();
});
