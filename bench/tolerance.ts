/**
 * Where the bounds of the tolerant class come from: how far honest contributions on another backend
 * lie from the exact ones, and how near the cheapest dishonest ones come. Each line is a distribution
 * over contributions (other pages, other checkpoints): cosine and norm ratio of the deltas, and the
 * difference of held-out losses after an outer step with either.
 *   node bench/tolerance.ts [contributions, default 20] [backend, default blas]
 */
import type { Backend, BackendName } from '../src/compute/backend.ts';
import { compareDeltas } from '../src/compute/training/compare-deltas.ts';
import { contribute, initialCheckpoint } from '../src/compute/training/contribution.ts';
import { heldOutLossMicroNats } from '../src/compute/training/held-out.ts';
import { outerStep } from '../src/compute/training/outer-step.ts';
import type { TrainingSpec } from '../src/compute/training/spec.ts';
import { end, presentBackend } from './lacking.ts';

const [count = '20', other = 'blas'] = process.argv.slice(2);
if (!['reference', 'blas', 'exact', 'gpu'].includes(other)) end(`there is no backend "${other}"`);
const SPEC: TrainingSpec = {
  model: {
    vocabSize: 256,
    contextLength: 64,
    dModel: 64,
    layers: 2,
    heads: 4,
    dFf: 172,
    ropeTheta: 10000,
    normEps: 1e-5,
  },
  optimizer: {
    learningRate: 3e-3,
    minLearningRate: 3e-4,
    warmupSteps: 10,
    totalSteps: 200,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    clipNorm: 1,
  },
  innerSteps: 8,
  batchPages: 4,
  stepOffset: 10,
  traceEvery: 0,
};
const OUTER = { outerLearningRate: 0.7, outerMomentum: 0.9 };

/** Pages of a text that a model can learn: counting, with a stride a page. */
const pagesOf = (seed: number, pages: number): Uint16Array[] =>
  Array.from({ length: pages }, (_, page) =>
    Uint16Array.from(
      { length: SPEC.model.contextLength + 1 },
      (__, i) => (seed * 37 + page * 101 + i * (1 + ((seed + page) % 5))) % 256,
    ),
  );
const pageCount = SPEC.innerSteps * SPEC.batchPages;
const heldOut = pagesOf(991, 8);
const noHash = (): Uint8Array => new Uint8Array(32);

const exact = await presentBackend('exact', 1);
const tolerant = await presentBackend(other as BackendName, 1);

interface Apart {
  readonly cosine: number;
  readonly normRatio: number;
  readonly lossDifference: number;
}
const results = new Map<string, Apart[]>();

for (let seed = 0; seed < Number(count); seed += 1) {
  // Half of the checkpoints have been trained, half are new.
  const initial = initialCheckpoint(SPEC.model, new Uint8Array(32).fill(seed));
  const stale = initial;
  const delta = async (from: Uint8Array, pages: Uint16Array[], on: Backend, spec = SPEC) =>
    (await contribute(spec, from, pages, on, noHash)).delta;
  const checkpoint =
    seed % 2 === 0
      ? initial
      : outerStep(OUTER, initial, null, [
          await delta(initial, pagesOf(seed + 500, pageCount), exact),
        ]).checkpoint;
  const pages = pagesOf(seed, pageCount);
  const right = await delta(checkpoint, pages, exact);
  const lossOf = async (change: Uint8Array): Promise<number> =>
    (await heldOutLossMicroNats(
      SPEC.model,
      outerStep(OUTER, checkpoint, null, [change]).checkpoint,
      heldOut,
      4,
      exact,
    )) / 1e6;
  const lossRight = await lossOf(right);
  const note = async (what: string, change: Uint8Array): Promise<void> => {
    const apart = {
      ...compareDeltas(change, right),
      lossDifference: (await lossOf(change)) - lossRight,
    };
    results.set(what, [...(results.get(what) ?? []), apart]);
  };
  await note(`honest, ${tolerant.name}`, await delta(checkpoint, pages, tolerant));
  const shorter = { ...SPEC, innerSteps: SPEC.innerSteps - 1 };
  await note(
    'one step left out',
    await delta(checkpoint, pages.slice(SPEC.batchPages), exact, shorter),
  );
  const lazy = pages.map((page, i) => (i % 2 === 0 ? page : pages[i - 1]!));
  await note('every second page skipped', await delta(checkpoint, lazy, exact));
  await note('other pages', await delta(checkpoint, pagesOf(seed + 77, pageCount), exact));
  if (checkpoint !== stale) await note('a stale checkpoint', await delta(stale, pages, exact));
}

const row = (name: string, values: readonly number[], digits: number): string => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): string => sorted[Math.round(q * (sorted.length - 1))]!.toFixed(digits);
  return `    ${name.padEnd(18)} ${[0, 0.05, 0.5, 0.95, 1].map((q) => at(q).padStart(12)).join('')}\n`;
};
process.stdout.write(
  `${''.padEnd(23)}${['least', '5 %', 'median', '95 %', 'most'].map((q) => q.padStart(12)).join('')}\n`,
);
for (const [what, all] of results) {
  process.stdout.write(`${what} (${all.length})\n`);
  process.stdout.write(
    row(
      'cosine',
      all.map(({ cosine }) => cosine),
      8,
    ),
  );
  process.stdout.write(
    row(
      'norm ratio',
      all.map(({ normRatio }) => normRatio),
      8,
    ),
  );
  process.stdout.write(
    row(
      'loss difference',
      all.map(({ lossDifference }) => lossDifference),
      6,
    ),
  );
}
await Promise.all([exact.close(), tolerant.close()]);
