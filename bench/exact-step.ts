/**
 * The demo model's training step and square products on the exact backend, as one line of JSON: what
 * against-pytorch.ts compares with bench/pytorch_step.py, shape by shape.
 *   node bench/exact-step.ts <threads> <steps>
 */
import { openBackend } from '../src/compute/backends/open.ts';
import { initialParameters } from '../src/compute/model/parameters.ts';
import { allocateTrainer, trainStep } from '../src/compute/training/trainer.ts';
import type { TrainingSpec } from '../src/compute/training/spec.ts';
import { DEMO_SPEC } from './demo-model.ts';
import { median } from './paired-median.ts';

const [threads, steps] = process.argv.slice(2).map(Number) as [number, number];
const BATCH = 8;
const { model } = DEMO_SPEC;
const optimizer = {
  learningRate: 3e-3,
  minLearningRate: 3e-3,
  warmupSteps: 0,
  totalSteps: 0,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0.1,
  clipNorm: 1,
};
const spec: TrainingSpec = {
  model,
  optimizer,
  innerSteps: steps,
  batchPages: BATCH,
  stepOffset: 0,
  traceEvery: 0,
};
const mib = (): number => process.resourceUsage().maxRSS / 1024;
const backend = await openBackend('exact', { threads });
const initial = initialParameters(model, new Uint8Array(32).fill(1));
const base = mib();
const trainer = allocateTrainer(spec, initial, backend);
const pages = Array.from({ length: BATCH }, (_, page) =>
  Uint16Array.from({ length: 129 }, (__, i) => (page * 197 + i * i * 31 + i * 7) % 1024),
);
const seconds: number[] = [];
for (let step = 0; step < steps + 3; step += 1) {
  const start = performance.now();
  await trainStep(trainer, step, pages);
  seconds.push((performance.now() - start) / 1000);
}
const stepMib = mib() - base;
backend.reset();

function gflops(n: number): number {
  const [a, b, c] = [0, 1, 2].map(() => backend.alloc(n * n)) as Float32Array[];
  a!.forEach((_, i) => (a![i] = b![i] = Math.sin(i * 12.9898)));
  const op = {
    transA: false,
    transB: false,
    m: n,
    n,
    k: n,
    a: a!,
    b: b!,
    c: c!,
    accumulate: false,
  };
  const taken: number[] = [];
  for (let round = 0; round < 11; round += 1) {
    const start = performance.now();
    backend.gemm(op);
    taken.push((performance.now() - start) / 1000);
  }
  backend.reset();
  return (2 * n ** 3) / median(taken.slice(2)) / 1e9;
}

const result = {
  tokensPerSecond: (BATCH * model.contextLength) / median(seconds.slice(3)),
  stepMib,
  gflops512: gflops(512),
  gflops1024: gflops(1024),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
await backend.close();
