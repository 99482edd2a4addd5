/**
 * The exact backend's kernels besides products against the operations' own loops, which they have the
 * bits of, on the shapes of the demo model (8 pages of 128 tokens, width 128, vocabulary 1024): GB of
 * arrays a second and the median of paired ratios (above 1 is faster). Every line has a process of its
 * own: what the compiler learned from one line changes the next. Then whole training steps, with these
 * kernels and with the loops in their place, in turn.
 *
 *   node bench/exact-kernels.ts [threads] [line]
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openBackend } from '../src/compute/backends/open.ts';
import { plainKernels } from '../src/compute/backends/plain-kernels.ts';
import { allocateDct } from '../src/compute/deltas/dct.ts';
import type { Kernels } from '../src/compute/kernels.ts';
import { initialParameters } from '../src/compute/model/parameters.ts';
import { adamWFactors } from '../src/compute/optim/adamw.ts';
import { rotaryTable } from '../src/compute/ops/rope.ts';
import { allocateTrainer, trainStep } from '../src/compute/training/trainer.ts';
import { DEMO_SPEC } from './demo-model.ts';
import { median, pairedMedian } from './paired-median.ts';

const [threads = 1, line] = [Number(process.argv[2] ?? 1), process.argv[3]];
const { model } = DEMO_SPEC;
const adam = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1 };
/** Small, so that any number of steps leaves the values ordinary. */
const step = { t: 1, learningRate: 1e-9, weightDecay: 0.1, gradientScale: 1 };
const BATCH = 8;
const [rows, width, hidden] = [BATCH * model.contextLength, model.dModel, model.dFf];
const heads = { batch: BATCH, length: model.contextLength, heads: 4, headWidth: 32 };
const squares = BATCH * model.heads * model.contextLength ** 2;
const logits = rows * model.vocabSize;
/** Elements of the largest tensor. */
const tensor = model.vocabSize * width;
const tokens = Uint16Array.from({ length: rows }, (_, n) => (n * 197) % model.vocabSize);
const factors = adamWFactors(adam, step);

const codes = new Int8Array(tensor).fill(3);
const scales = new Float32Array(tensor / 256).fill(0.01);
const greatest = new Uint8Array(scales.length);
const dct = allocateDct();

type Work = (kernels: Kernels, arrays: Float32Array[], doubles: Float64Array[]) => void;

/** Lengths of the arrays, and what is done with them. */
const LINES: Readonly<Record<string, readonly [number[], Work]>> = {
  add: [[rows * width, rows * width, rows * width], (k, [y, a, b]) => k.add(y!, a!, b!)],
  'split heads': [[rows * width, rows * width], (k, [y, x]) => k.splitHeads(y!, x!, heads, false)],
  'merge heads': [[rows * width, rows * width], (k, [y, x]) => k.mergeHeads(y!, x!, heads, false)],
  'rotary forward': [
    [rows * width, rows * width],
    (k, [y, x]) => k.splitRotated(y!, x!, heads, table),
  ],
  'rotary backward': [
    [rows * width, rows * width],
    (k, [y, x]) => k.mergeRotatedBack(y!, x!, heads, table, false),
  ],
  'embedding forward': [
    [rows * width, tensor],
    (k, [y, e]) => k.embeddingForward(y!, e!, tokens, width),
  ],
  'embedding backward': [
    [tensor, rows * width],
    (k, [e, y]) => k.embeddingBackward(e!, y!, tokens, width, false),
  ],
  'swiglu forward': [
    Array<number>(4).fill(rows * hidden),
    (k, [y, s, g, u]) => k.swigluForward(y!, s!, g!, u!),
  ],
  'swiglu backward': [
    Array<number>(6).fill(rows * hidden),
    (k, [dg, du, dy, s, g, u]) => k.swigluBackward(dg!, du!, dy!, s!, g!, u!),
  ],
  'softmax forward': [
    [squares],
    (k, [s]) => k.causalSoftmaxForward(s!, squares / 128 ** 2, 128, 0.17),
  ],
  'softmax backward': [
    [squares, squares],
    (k, [dp, p]) => k.causalSoftmaxBackward(dp!, p!, squares / 128 ** 2, 128, 0.17),
  ],
  'cross-entropy': [
    [logits, logits],
    (k, [e, x], [losses, sums]) => {
      k.crossEntropyForward(losses!, sums!, e!, x!, tokens, model.vocabSize);
      k.crossEntropyBackward(e!, e!, sums!, tokens, model.vocabSize, 1);
    },
  ],
  'rmsnorm forward': [
    [rows * width, rows * width, width],
    (k, [y, x, g], [inverse]) => k.rmsNormForward(y!, inverse!, x!, g!, 1e-5),
  ],
  'rmsnorm backward': [
    [rows * width, rows * width, rows * width, width, width],
    (k, [dx, dy, x, g, dg], [inverse, sums]) =>
      k.rmsNormBackward(
        { data: dx!, accumulate: false },
        { data: dg!, accumulate: false },
        sums!,
        dy!,
        x!,
        g!,
        inverse!,
      ),
  ],
  'int8 encoding': [[tensor], (k, [x]) => k.quantize(codes, scales, x!, 256)],
  'int8 decoding': [[tensor], (k, [y]) => k.dequantize(y!, greatest, codes, scales, 256)],
  'DCT of tiles': [[tensor], (k, [x]) => k.forwardDct(dct, x!, 64, 64)],
  'inverse DCT': [
    [tensor],
    (k, [x]) => {
      // As many as are sent of a tile.
      x!.fill(0);
      for (let i = 0; i < tensor; i += 61) x![i] = 0.5;
      k.inverseDct(dct, x!, 64, 64);
    },
  ],
  'sum of squares': [[tensor], (k, [g]) => void k.sumOfSquares(g!)],
  sgd: [[tensor, tensor], (k, [p, g]) => k.sgd(p!, g!, step)],
  'sgd momentum': [
    [tensor, tensor, tensor],
    (k, [p, g, b]) => k.sgdMomentum(p!, g!, b!, step, 0.9, 1, 0.9),
  ],
  adam: [
    [tensor, tensor, tensor, tensor],
    (k, [p, g, m, v]) => k.adam(p!, g!, m!, v!, factors, 0.1),
  ],
  adamw: [[tensor, tensor, tensor, tensor], (k, [p, g, m, v]) => k.adamW(p!, g!, m!, v!, factors)],
  lars: [[tensor, tensor, tensor], (k, [p, g, b]) => k.lars(p!, g!, b!, step, 0.9, 1e-9)],
  lamb: [
    [tensor, tensor, tensor, tensor],
    (k, [p, g, m, v]) => {
      k.lambMoments(g!, m!, v!, factors);
      k.lambMove(p!, m!, v!, factors, 0.1, 1e-12 * k.lambSquares(p!, m!, v!, factors, 0.1));
    },
  ],
};

const backend = await openBackend('exact', { threads });
const angles = rotaryTable(128, 32, 10000);
const table = { cos: backend.alloc(angles.cos.length), sin: backend.alloc(angles.sin.length) };
table.cos.set(angles.cos);
table.sin.set(angles.sin);
if (line === undefined) {
  console.log(`${backend.description}, against the loops`);
  for (const name of [...Object.keys(LINES), 'training step'])
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), String(threads), name], {
      stdio: 'inherit',
    });
} else if (line === 'training step') await steps();
else kernel(line, ...LINES[line]!);
await backend.close();

function kernel(name: string, lengths: number[], work: Work): void {
  // Deltas are read from files and lie outside the backend's memory.
  const outside = /coding|DCT/.test(name);
  const arrays = lengths.map((length) => {
    const data = outside ? new Float32Array(length) : backend.alloc(length);
    for (let i = 0; i < length; i += 1) data[i] = (((i * 7919) % 2003) + 1) / 100150;
    return data;
  });
  const doubles = [rows, rows].map((length) => {
    const { buffer, byteOffset } = backend.alloc(2 * length);
    return new Float64Array(buffer, byteOffset, length).fill(1);
  });
  const bytes = 4 * lengths.reduce((sum, length) => sum + length, 0);
  const { seconds, ratio } = pairedMedian(
    () => work(plainKernels, arrays, doubles),
    () => work(backend.kernels, arrays, doubles),
  );
  report(name, `${(bytes / seconds / 1e9).toFixed(1)} GB/s`, ratio);
}

async function steps(): Promise<void> {
  const spec = {
    model,
    optimizer: {
      ...adam,
      learningRate: 1e-3,
      minLearningRate: 1e-3,
      warmupSteps: 0,
      totalSteps: 0,
      clipNorm: 1,
    },
    innerSteps: 1,
    batchPages: BATCH,
    stepOffset: 0,
    traceEvery: 0,
  };
  const pages = Array.from({ length: BATCH }, (_, page) =>
    Uint16Array.from({ length: 129 }, (__, i) => (page * 197 + i * i * 31 + i * 7) % 1024),
  );
  const initial = initialParameters(model, new Uint8Array(32).fill(1));
  const withLoops = allocateTrainer(spec, initial, { ...backend, kernels: plainKernels });
  const withKernels = allocateTrainer(spec, initial, backend);
  const rounds: { seconds: number; ratio: number }[] = [];
  for (let index = 0; index < 40; index += 1) {
    const [loops, seconds] = [
      await secondsOf(() => trainStep(withLoops, index, pages)),
      await secondsOf(() => trainStep(withKernels, index, pages)),
    ];
    if (index >= 10) rounds.push({ seconds, ratio: loops / seconds });
  }
  const seconds = median(rounds.map((round) => round.seconds));
  const ratio = median(rounds.map((round) => round.ratio));
  report('training step', `${Math.round((BATCH * 128) / seconds)} tokens/s`, ratio);
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function report(name: string, rate: string, ratio: number): void {
  console.log(`${name.padEnd(20)}${rate.padStart(16)}${ratio.toFixed(2).padStart(8)} x`);
}
