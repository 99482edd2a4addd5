/**
 * What the GPU backend does on this machine's device, each as a ratio to a named baseline:
 *   GFLOP/s of a square product that stays on the device, to gpu.js on the same device (operands up,
 *   product down) and, where DAYBOOK_PYTHON has torch with CUDA, to cuBLAS in fp32;
 *   tokens/s of training steps of the demo model, to the exact backend on this machine's CPU.
 *
 *   node bench/gpu.ts [--size 2048] [--runs 10] [--steps 20] [--pages 8] [--width 128]
 *
 * A software device needs smaller numbers: --size 256 --runs 1 --steps 1.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Backend } from '../src/compute/backend.ts';
import { DeviceMemory } from '../src/compute/device/device-memory.ts';
import { gemm } from '../src/compute/device/kernels/gemm.ts';
import { Recorder, submit } from '../src/compute/device/recorder.ts';
import { initialParameters } from '../src/compute/model/parameters.ts';
import { openTraining } from '../src/compute/training/open-training.ts';
import type { TrainingSpec } from '../src/compute/training/spec.ts';
import { DEMO_SPEC, SEED, noisePages } from './demo-model.ts';
import { presentBackend, whyNot } from './lacking.ts';
import { median } from './paired-median.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '2048' },
    runs: { type: 'string', default: '10' },
    steps: { type: 'string', default: '20' },
    pages: { type: 'string', default: '8' },
    width: { type: 'string', default: '128' },
  },
});
const [size, runs, steps] = [values.size, values.runs, values.steps].map(Number) as [
  number,
  number,
  number,
];

const ROUNDS = 3;
async function medianSeconds(work: () => Promise<void>): Promise<number> {
  await work();
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    await work();
    seconds.push((performance.now() - start) / 1000);
  }
  return median(seconds);
}

const square = { batch: 1, m: size, n: size, k: size, transA: false, transB: false };
const gflops = (seconds: number): number => (2 * size ** 3) / seconds / 1e9;
const sines = (): Float32Array => Float32Array.from({ length: size * size }, (_, i) => Math.sin(i));

async function onDevice({ device }: Backend): Promise<number> {
  const { gpu } = device!;
  const memory = new DeviceMemory(gpu);
  const [a, b, c] = [memory.alloc(size ** 2), memory.alloc(size ** 2), memory.alloc(size ** 2)];
  memory.write(a, sines());
  memory.write(b, sines());
  const [one] = await new Recorder(gpu, memory).compile([
    gemm({ ...square, accumulate: false }, a, b, c),
  ]);
  const all = Array.from({ length: runs }, () => one!);
  const seconds = await medianSeconds(async () => {
    submit(gpu, all);
    await gpu.queue.onSubmittedWorkDone();
  });
  memory.free();
  return gflops(seconds / runs);
}

async function throughGpuJs(backend: Backend): Promise<number> {
  const op = { ...square, accumulate: false, a: sines(), b: sines(), c: sines() };
  return gflops(await medianSeconds(async () => backend.gemm(op)));
}

function cublas(): number | null {
  const python = process.env['DAYBOOK_PYTHON'];
  if (python === undefined) return null;
  const why = whyNot(python, 'torch', 'torch.cuda.is_available()');
  if (why !== null) console.log(`beside cuBLAS: not measured, ${why}`);
  if (why !== null) return null;
  const script = fileURLToPath(new URL('./pytorch_gemm.py', import.meta.url));
  return Number(execFileSync(python, [script, String(size), String(runs)], { encoding: 'utf8' }));
}

const width = Number(values.width);
const SPEC: TrainingSpec = {
  ...DEMO_SPEC,
  model: { ...DEMO_SPEC.model, dModel: width, dFf: Math.round((width * 8) / 3 / 8) * 8 },
  innerSteps: steps,
  batchPages: Number(values.pages),
};

/** Whole steps, the loss of each awaited; the first one, which compiles, is not counted. */
async function tokensPerSecond(backend: Backend): Promise<number> {
  const pages = noisePages(SPEC.batchPages);
  const run = await openTraining(SPEC, initialParameters(SPEC.model, SEED), backend);
  await run.step(0, pages);
  const start = performance.now();
  for (let step = 1; step <= steps; step += 1) await run.step(step, pages);
  const seconds = (performance.now() - start) / 1000;
  run.close();
  return (steps * SPEC.batchPages * SPEC.model.contextLength) / seconds;
}

const line = (what: string, value: number, unit: string, baseline = '', base = 0): void =>
  console.log(
    `${what.padEnd(34)}${value.toFixed(2).padStart(12)} ${unit.padEnd(10)}` +
      (baseline === '' ? '' : `${(value / base).toFixed(3).padStart(9)} x ${baseline}`),
  );

const gpu = await presentBackend('gpu', 1);
const threads = Math.min(availableParallelism(), 64);
const exact = await presentBackend('exact', threads);
console.log(gpu.description);
const js = await throughGpuJs(gpu);
const own = await onDevice(gpu);
line(`gemm ${size}, gpu.js`, js, 'GFLOP/s');
line(`gemm ${size}, on the device`, own, 'GFLOP/s', 'gpu.js', js);
const theirs = cublas();
if (theirs !== null) line(`gemm ${size}, cuBLAS fp32`, theirs, 'GFLOP/s');
if (theirs !== null) line(`gemm ${size}, on the device`, own, 'GFLOP/s', 'cuBLAS fp32', theirs);
const cpu = await tokensPerSecond(exact);
line(`step, exact, ${threads} threads`, cpu, 'tokens/s');
line('step, on the device', await tokensPerSecond(gpu), 'tokens/s', 'exact', cpu);
await Promise.all([gpu.close(), exact.close()]);
