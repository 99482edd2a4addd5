/**
 * What a lossy encoding of deltas costs in held-out loss, on the demo's model, data and plan.
 *
 *   node bench/delta-loss.ts [--windows 20] [--workers 4] [--seeds 1,2,3] [--size small]
 *                            [--inner-steps 16] [--threads 1] [--only raw,sparseloco]
 *                            [--keep <file>]
 *
 * In each seed every encoding starts from one checkpoint and trains the same pages in the same
 * windows; workers keep their feedback from window to window, and the outer step takes what everyone
 * decodes. All of it is exact, so losses and bytes are the same wherever it runs; only times differ.
 * Prints a line a run, then the table of docs/guides/deltas.md. `--keep <file>` appends each run to a
 * file and takes from it what was made before with the same settings, so that seeds can be run apart.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { demoPlan, demoRecipe } from '../src/cli/crew/demo-plan.ts';
import type { Size } from '../src/cli/crew/demo-plan.ts';
import { openBackend } from '../src/compute/backends/open.ts';
import { encodeTokenStream, pageBytes, pageCount, readPage } from '../src/compute/data/pages.ts';
import { decodeDelta } from '../src/compute/deltas/decode-delta.ts';
import { encodeDelta } from '../src/compute/deltas/encode-delta.ts';
import type { DeltaEncoding } from '../src/compute/deltas/encoding.ts';
import { parameterShapes } from '../src/compute/model/parameters.ts';
import { chachaStream } from '../src/compute/random/chacha20.ts';
import { writeSafetensors } from '../src/compute/tensors/safetensors.ts';
import { tokenCodec } from '../src/compute/tokenizer/encode.ts';
import { trainTokenizer } from '../src/compute/tokenizer/train.ts';
import { contribute, initialCheckpoint } from '../src/compute/training/contribution.ts';
import { heldOutLossMicroNats } from '../src/compute/training/held-out.ts';
import { outerStep } from '../src/compute/training/outer-step.ts';
import { ENCODINGS } from './delta-encodings.ts';
import { median } from './paired-median.ts';

const { values } = parseArgs({
  options: {
    windows: { type: 'string', default: '20' },
    workers: { type: 'string', default: '4' },
    seeds: { type: 'string', default: '1,2,3' },
    size: { type: 'string', default: 'small' },
    'inner-steps': { type: 'string' },
    keep: { type: 'string' },
    threads: { type: 'string', default: '1' },
    only: { type: 'string', default: [...ENCODINGS.keys()].join(',') },
  },
});
const [windows, workers] = [Number(values.windows), Number(values.workers)];
const size = values.size as Size;
const recipe = demoRecipe(size);
const fromHex = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

const END = '<|endoftext|>';
const text = recipe.documents.map((document) => document + END).join('');
const stream = encodeTokenStream(
  tokenCodec(trainTokenizer(text, recipe.vocabSize, [END])).encode(text),
);
const allPages = Array.from({ length: pageCount(stream, recipe.pageTokens) }, (_, index) =>
  readPage(pageBytes(stream, recipe.pageTokens, index), recipe.pageTokens),
);
const backend = await openBackend('exact', { threads: Number(values.threads) });

function planOf(seed: number): ReturnType<typeof demoPlan> {
  const plan = demoPlan({ size, seed, windows, deltas: 'f32' });
  const innerSteps = Number(values['inner-steps'] ?? plan.innerSteps);
  return {
    ...plan,
    innerSteps,
    optimizer: { ...plan.optimizer, totalSteps: windows * innerSteps },
  };
}

function shuffled<T>(items: readonly T[], seed: Uint8Array): T[] {
  const draws = chachaStream(seed, 0);
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(draws.uniform() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

interface Run {
  /** Nats a token after each window. */
  readonly losses: readonly number[];
  /** Of one contribution, on average. */
  readonly bytes: number;
  /** Medians over all contributions. */
  readonly encodeMs: number;
  readonly decodeMs: number;
}

async function train(encoding: DeltaEncoding, seed: number): Promise<Run> {
  const { model, optimizer, innerSteps, batchPages, outer, modelSeed, dataSeed } = planOf(seed);
  const pages = shuffled(allPages, fromHex(dataSeed));
  const heldOut = pages.slice(0, recipe.heldOutPages);
  const training = pages.slice(recipe.heldOutPages);
  const perWorker = innerSteps * batchPages;
  const pagesOf = (first: number): Uint16Array[] =>
    Array.from({ length: perWorker }, (_, at) => training[(first + at) % training.length]!);
  const terms = { encoding, shapes: parameterShapes(model) };
  const outerSpec = { outerLearningRate: outer.learningRate, outerMomentum: outer.momentum };
  let checkpoint: Uint8Array = initialCheckpoint(model, fromHex(modelSeed));
  let momentum: Uint8Array | null = null;
  const feedback: (Uint8Array | null)[] = Array.from({ length: workers }, () => null);
  const [losses, encodeMs, decodeMs]: number[][] = [[], [], []];
  let bytes = 0;
  for (let window = 0; window < windows; window += 1) {
    const stepOffset = window * innerSteps;
    const spec = { model, optimizer, innerSteps, batchPages, stepOffset, traceEvery: 0 };
    const deltas: Uint8Array[] = [];
    for (let worker = 0; worker < workers; worker += 1) {
      const mine = pagesOf((window * workers + worker) * perWorker);
      const { delta } = await contribute(spec, checkpoint, mine, backend, sha256);
      const sent = timed(encodeMs!, () => encodeDelta(encoding, feedback[worker]!, delta));
      const decoded = timed(decodeMs!, () => decodeDelta(terms, sent.encoded));
      feedback[worker] = sent.feedback;
      bytes += sent.encoded.length;
      deltas.push(writeSafetensors(decoded));
    }
    ({ checkpoint, momentum } = outerStep(outerSpec, checkpoint, momentum, deltas));
    losses!.push(
      (await heldOutLossMicroNats(model, checkpoint, heldOut, batchPages, backend)) / 1e6,
    );
  }
  return {
    losses: losses!,
    bytes: bytes / (windows * workers),
    encodeMs: median(encodeMs!),
    decodeMs: median(decodeMs!),
  };
}

function timed<T>(into: number[], work: () => T): T {
  const start = performance.now();
  const result = work();
  into.push(performance.now() - start);
  return result;
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
/** Of a sample. */
const deviation = (numbers: readonly number[]): number => {
  const squares = numbers.map((number) => (number - mean(numbers)) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / (numbers.length - 1));
};
const signed = (nats: number): string => (nats < 0 ? '' : '+') + nats.toFixed(4);
const lossOf = ({ losses }: Run): number => losses.at(-1)!;

/** Costs are paired: each seed's loss after the last window less that of raw in the same seed. */
function printTable(runs: ReadonlyMap<string, readonly Run[]>): void {
  const raw = runs.get('raw')!;
  const rawBytes = mean(raw.map(({ bytes }) => bytes));
  console.log('| encoding | bytes | ratio | encode ms | decode ms | loss | cost | of each seed |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |');
  for (const [label, ours] of runs) {
    const costs = ours.map((run, index) => lossOf(run) - lossOf(raw[index]!));
    const bytes = mean(ours.map((run) => run.bytes));
    const cells = [
      label,
      Math.round(bytes).toLocaleString('en'),
      (rawBytes / bytes).toFixed(1),
      median(ours.map(({ encodeMs }) => encodeMs)).toFixed(1),
      median(ours.map(({ decodeMs }) => decodeMs)).toFixed(1),
      mean(ours.map(lossOf)).toFixed(4),
      label === 'raw' ? '0' : `${signed(mean(costs))} ± ${deviation(costs).toFixed(4)}`,
      label === 'raw'
        ? ours.map((run) => `(${lossOf(run).toFixed(4)})`).join(' ')
        : costs.map(signed).join(' '),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

/** Runs of the file by their settings, a line of JSON each. */
function keptRuns(): Map<string, Run> {
  if (values.keep === undefined || !existsSync(values.keep)) return new Map();
  const lines = readFileSync(values.keep, 'utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line) as [string, Run]));
}

const seeds = values.seeds.split(',').map(Number);
const labels = values.only.split(',');
const { innerSteps } = planOf(1);
console.log(`${size}: ${windows} windows of ${innerSteps} steps, ${workers} workers`);
const quarters = [1, 2, 3, 4].map((quarter) => Math.round((windows * quarter) / 4));
const kept = keptRuns();
const runs = new Map(labels.map((label) => [label, [] as Run[]]));
for (const seed of seeds) {
  for (const label of labels) {
    const encoding = ENCODINGS.get(label)!;
    const key = JSON.stringify({ size, windows, innerSteps, workers, seed, encoding });
    const run = kept.get(key) ?? (await train(encoding, seed));
    if (values.keep !== undefined && !kept.has(key)) {
      appendFileSync(values.keep, `${JSON.stringify([key, run])}\n`);
    }
    runs.get(label)!.push(run);
    const bytes = String(Math.round(run.bytes)).padStart(9);
    const shown = quarters.map((window) => run.losses[window - 1]!.toFixed(4)).join('  ');
    console.log(`seed ${seed}  ${label.padEnd(14)} ${bytes} B  ${shown}`);
  }
}
await backend.close();
if (runs.has('raw')) printTable(runs);
