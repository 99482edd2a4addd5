/**
 * A step works in memory that was allocated before the first one: no backend memory, no array buffer,
 * and of the garbage that calls leave behind, less than the smallest array a step could allocate.
 */
import { Session } from 'node:inspector/promises';
import type { HeapProfiler } from 'node:inspector';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../backend.ts';
import { openExactBackend } from '../backends/exact.ts';
import { initialParameters } from '../model/parameters.ts';
import { parseUpdateSettings } from '../optim/update-settings.ts';
import { Updater } from '../optim/updater.ts';
import { FULL_PRECISION } from '../precision/policy.ts';
import { copyTensors, zeroTensors } from '../tensors/on-backend.ts';
import type { TrainingSpec } from './spec.ts';
import { allocateTrainer, trainStep } from './trainer.ts';

const MODEL = {
  vocabSize: 512,
  contextLength: 128,
  dModel: 64,
  layers: 2,
  heads: 2,
  dFf: 128,
  ropeTheta: 10000,
  normEps: 1e-5,
};
const SPEC: TrainingSpec = {
  model: MODEL,
  optimizer: {
    learningRate: 1e-3,
    minLearningRate: 1e-3,
    warmupSteps: 0,
    totalSteps: 0,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    clipNorm: 1,
  },
  innerSteps: 60,
  batchPages: 16,
  stepOffset: 0,
  traceEvery: 0,
};
/** Of the least activations, (B T, D) f32; what calls leave behind is less, and does not grow with it. */
const ACTIVATION_BYTES = 4 * SPEC.batchPages * MODEL.contextLength * MODEL.dModel;
/** Steps before the measured ones: the compiler still learns. */
const SETTLING = 20;
const MEASURED = 20;
/** Bytes between two samples of what is allocated. */
const SAMPLING = 512;

interface Allocated {
  /** A step, of JavaScript objects, those included that were collected at once. */
  readonly heapBytes: number;
  /** Of array buffers, by most steps: what the test runner sends meanwhile comes into one or another. */
  readonly bufferBytes: number;
}

async function allocatedBy(step: (index: number) => Promise<unknown>): Promise<Allocated> {
  for (let index = 0; index < SETTLING; index += 1) await step(index);
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLING,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  const grown: number[] = [];
  for (let index = SETTLING; index < SETTLING + MEASURED; index += 1) {
    const before = process.memoryUsage().arrayBuffers;
    await step(index);
    grown.push(process.memoryUsage().arrayBuffers - before);
  }
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  const bufferBytes = grown.toSorted((a, b) => a - b)[Math.floor(0.8 * MEASURED)] ?? NaN;
  return { heapBytes: bytesOf(profile.head) / MEASURED, bufferBytes };
}

const bytesOf = ({ selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number =>
  children.reduce((sum, child) => sum + bytesOf(child), selfSize);

describe.each([1, 2])('on %d threads', (threads) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openExactBackend({ threads });
  });
  afterAll(() => backend.close());

  /** A backend whose memory is all given out. */
  const sealed = (): Backend & { seal(): void } => {
    let closed = false;
    return {
      ...backend,
      alloc(length) {
        if (closed) throw new Error(`a step allocates ${length} floats`);
        return backend.alloc(length);
      },
      seal: () => (closed = true),
    };
  };
  const pages = Array.from({ length: SPEC.batchPages }, (_, page) =>
    Uint16Array.from({ length: 129 }, (__, i) => (page * 197 + i * i * 31) % MODEL.vocabSize),
  );
  const initial = initialParameters(MODEL, new Uint8Array(32).fill(3));

  test('a training step allocates nothing that grows with the model', async () => {
    const own = sealed();
    const trainer = allocateTrainer(SPEC, initial, own);
    own.seal();
    const found = await allocatedBy((index) => trainStep(trainer, index, pages));
    expect(found.bufferBytes).toBe(0);
    expect(found.heapBytes).toBeLessThan(ACTIVATION_BYTES / 2);
    backend.reset();
  });

  test.each(['sgd', 'adam', 'adamw', 'lars', 'lamb'])('nor does an update by %s', async (name) => {
    const own = sealed();
    const [parameters, gradients] = [copyTensors(initial, own), copyTensors(initial, own)];
    const adam = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1 };
    const momentum = { momentum: 0.9, weightDecay: 0.1 };
    const settings = {
      sgd: { name, ...momentum, dampening: 0, nesterov: true },
      adam: { name, ...adam },
      adamw: { name, ...adam },
      lars: { name, ...momentum, trustCoefficient: 0.001, adaptUndecayed: false },
      lamb: { name, ...adam, adaptUndecayed: false },
    }[name];
    const updater = new Updater(
      parseUpdateSettings({
        optimizer: settings,
        schedule: { name: 'constant', learningRate: 1e-3, warmupSteps: 0 },
        clip: { name: 'norm', limit: 1 },
        groups: [],
        precision: FULL_PRECISION,
        lossScaling: null,
      }),
      parameters,
      gradients,
      { backend: own },
    );
    own.seal();
    const found = await allocatedBy(async (index) => updater.step(index));
    expect(found.bufferBytes).toBe(0);
    expect(found.heapBytes).toBeLessThan(ACTIVATION_BYTES / 2);
    backend.reset();
  });

  test('the measure sees one array of activations, wherever it is made', async () => {
    const kept: unknown[] = [];
    const outside = await allocatedBy(async () =>
      kept.push(new Float32Array(ACTIVATION_BYTES / 4)),
    );
    expect(outside.bufferBytes).toBeGreaterThanOrEqual(ACTIVATION_BYTES);
    const inHeap = await allocatedBy(async () =>
      kept.push(Array<number>(ACTIVATION_BYTES / 8).fill(0.5)),
    );
    expect(inHeap.heapBytes).toBeGreaterThan(ACTIVATION_BYTES / 2);
    const own = sealed();
    own.seal();
    expect(() => zeroTensors(initial, own)).toThrow('a step allocates');
    backend.reset();
  });
});
