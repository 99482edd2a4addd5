/**
 * What is trained and on what. The toy material is as small as a plan may be, for the toy model; the
 * cyclic one is text that a tiny model can learn: each token follows from the one before, now and then
 * by chance.
 */
import type { RunPlan } from '../projections/books.ts';
import type { Chance } from './chance.ts';

export interface Material {
  readonly model: RunPlan['model'];
  readonly learningRate: number;
  readonly innerSteps: number;
  readonly batchPages: number;
  readonly pages: number;
  readonly heldOutPages: number;
  readonly nextToken: (last: number, chance: Chance) => number;
}

export const MATERIALS = {
  toy: {
    model: {
      vocabSize: 4,
      contextLength: 4,
      dModel: 2,
      layers: 1,
      heads: 1,
      dFf: 2,
      ropeTheta: 10_000,
      normEps: 1e-5,
    },
    learningRate: 0.01,
    innerSteps: 2,
    batchPages: 2,
    pages: 40,
    heldOutPages: 2,
    nextToken: (_last, chance) => chance.below(4),
  },
  cyclic: {
    model: {
      vocabSize: 16,
      contextLength: 16,
      dModel: 8,
      layers: 1,
      heads: 2,
      dFf: 16,
      ropeTheta: 10_000,
      normEps: 1e-5,
    },
    learningRate: 0.03,
    innerSteps: 8,
    batchPages: 4,
    pages: 264,
    heldOutPages: 8,
    nextToken: (last, chance) => (chance.ppm(100_000) ? chance.below(16) : (5 * last + 3) % 16),
  },
} as const satisfies Record<string, Material>;

export type MaterialName = keyof typeof MATERIALS;

/** A stream of tokens that fills its pages, and the one after the last. */
export function tokensOf({ model, pages, nextToken }: Material, chance: Chance): Uint16Array {
  const tokens = new Uint16Array(pages * model.contextLength + 1);
  let last = 0;
  for (let i = 0; i < tokens.length; i += 1) {
    last = nextToken(last, chance);
    tokens[i] = last;
  }
  return tokens;
}
