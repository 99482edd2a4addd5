/**
 * What a lossy encoding of deltas costs in held-out loss, on the demo's model, data and plan.
 *
 *   node bench/delta-loss.ts [--windows 20] [--workers 3] [--size small] [--only raw,sparseloco]
 *
 * Every encoding starts from one checkpoint and trains the same pages in the same windows; workers
 * keep their feedback from window to window, and the outer step takes what was decoded. All of it is
 * exact, so the losses are the same wherever it runs; docs/guides/deltas.md has the table.
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { demoPlan, demoRecipe } from '../src/cli/crew/demo-plan.ts';
import type { Size } from '../src/cli/crew/demo-plan.ts';
import { openBackend } from '../src/compute/backends/open.ts';
import { encodeTokenStream, pageBytes, pageCount, readPage } from '../src/compute/data/pages.ts';
import { encodeDelta } from '../src/compute/deltas/encode-delta.ts';
import type { DeltaEncoding } from '../src/compute/deltas/encoding.ts';
import { chachaStream } from '../src/compute/random/chacha20.ts';
import { tokenCodec } from '../src/compute/tokenizer/encode.ts';
import { trainTokenizer } from '../src/compute/tokenizer/train.ts';
import { contribute, initialCheckpoint } from '../src/compute/training/contribution.ts';
import { heldOutLossMicroNats } from '../src/compute/training/held-out.ts';
import { outerStep } from '../src/compute/training/outer-step.ts';
import { ENCODINGS } from './delta-encodings.ts';

const { values } = parseArgs({
  options: {
    windows: { type: 'string', default: '20' },
    workers: { type: 'string', default: '3' },
    size: { type: 'string', default: 'small' },
    only: { type: 'string', default: [...ENCODINGS.keys()].join(',') },
  },
});
const [windows, workers] = [Number(values.windows), Number(values.workers)];
const size = values.size as Size;
const plan = demoPlan({ size, seed: 1, windows });
const recipe = demoRecipe(size);
const seed = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

const END = '<|endoftext|>';
const text = recipe.documents.map((document) => document + END).join('');
const tokenizer = trainTokenizer(text, recipe.vocabSize, [END]);
const stream = encodeTokenStream(tokenCodec(tokenizer).encode(text));
const pages = shuffled(
  Array.from({ length: pageCount(stream, recipe.pageTokens) }, (_, index) =>
    readPage(pageBytes(stream, recipe.pageTokens, index), recipe.pageTokens),
  ),
);
const heldOut = pages.slice(0, recipe.heldOutPages);
const training = pages.slice(recipe.heldOutPages);
const perWorker = plan.innerSteps * plan.batchPages;
const backend = await openBackend('exact', { threads: 1 });

function shuffled<T>(items: T[]): T[] {
  const draws = chachaStream(seed(plan.dataSeed), 0);
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(draws.uniform() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}

function pagesOf(window: number, worker: number): Uint16Array[] {
  const first = (window * workers + worker) * perWorker;
  return Array.from({ length: perWorker }, (_, at) => training[(first + at) % training.length]!);
}

interface Outcome {
  /** Nats a token: before the first window, and after each. */
  readonly losses: readonly number[];
  /** Of one contribution, on average. */
  readonly bytes: number;
}

async function train(encoding: DeltaEncoding): Promise<Outcome> {
  const { model, optimizer, innerSteps, batchPages, outer } = plan;
  const outerSpec = { outerLearningRate: outer.learningRate, outerMomentum: outer.momentum };
  let checkpoint: Uint8Array = initialCheckpoint(model, seed(plan.modelSeed));
  let momentum: Uint8Array | null = null;
  const feedback: (Uint8Array | null)[] = Array.from({ length: workers }, () => null);
  const loss = async (): Promise<number> =>
    (await heldOutLossMicroNats(model, checkpoint, heldOut, batchPages, backend)) / 1e6;
  const losses = [await loss()];
  let bytes = 0;
  for (let window = 0; window < windows; window += 1) {
    const stepOffset = window * innerSteps;
    const spec = { model, optimizer, innerSteps, batchPages, stepOffset, traceEvery: 0 };
    const deltas: Uint8Array[] = [];
    for (let worker = 0; worker < workers; worker += 1) {
      const mine = pagesOf(window, worker);
      const { delta } = await contribute(spec, checkpoint, mine, backend, sha256);
      const sent = encodeDelta(encoding, feedback[worker]!, delta);
      feedback[worker] = sent.feedback;
      bytes += sent.encoded.length;
      deltas.push(sent.decoded);
    }
    ({ checkpoint, momentum } = outerStep(outerSpec, checkpoint, momentum, deltas));
    losses.push(await loss());
  }
  return { losses, bytes: bytes / (windows * workers) };
}

const shown = [1, 2, 3, 4].map((quarter) => Math.round((windows * quarter) / 4));
console.log(`${size}, ${windows} windows, ${workers} workers, ${training.length} training pages`);
console.log(
  ['encoding'.padEnd(12), 'bytes'.padStart(9), 'ratio'.padStart(7)]
    .concat(shown.map((window) => `after ${window}`.padStart(9)))
    .concat(['cost'.padStart(8)])
    .join('  '),
);
let raw: Outcome | null = null;
for (const [label, encoding] of ENCODINGS) {
  if (!values.only.split(',').includes(label)) continue;
  const outcome = await train(encoding);
  raw ??= outcome;
  const cells = [
    label.padEnd(12),
    String(Math.round(outcome.bytes)).padStart(9),
    (raw.bytes / outcome.bytes).toFixed(1).padStart(7),
    ...shown.map((window) => outcome.losses[window]!.toFixed(4).padStart(9)),
    (outcome.losses.at(-1)! - raw.losses.at(-1)!).toFixed(4).padStart(8),
  ];
  console.log(cells.join('  '));
}
await backend.close();
