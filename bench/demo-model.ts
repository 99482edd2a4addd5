/** The demo model with its optimizer, and pages of uniform noise: speed does not depend on them. */
import { demoPlan } from '../src/cli/crew/demo-plan.ts';
import { chachaStream } from '../src/compute/random/chacha20.ts';
import type { TrainingSpec } from '../src/compute/training/spec.ts';

export const SEED = new Uint8Array(32).fill(1);

export const DEMO_SPEC: Omit<TrainingSpec, 'innerSteps'> = {
  model: demoPlan({ size: 'small', seed: 1, windows: 1, deltas: 'f32' }).model,
  optimizer: {
    learningRate: 3e-3,
    minLearningRate: 3e-4,
    warmupSteps: 10,
    totalSteps: 100,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    clipNorm: 1,
  },
  batchPages: 8,
  stepOffset: 0,
  traceEvery: 0,
};

export function noisePages(
  count: number,
  { contextLength, vocabSize }: TrainingSpec['model'] = DEMO_SPEC.model,
): Uint16Array[] {
  const draws = chachaStream(SEED, 1000);
  return Array.from({ length: count }, () =>
    Uint16Array.from({ length: contextLength + 1 }, () => Math.floor(draws.uniform() * vocabSize)),
  );
}
