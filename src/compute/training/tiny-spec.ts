/** Test support: a model and an optimizer small enough for plain loops. */
import type { TrainingSpec } from './spec.ts';

export const tinySpec: Pick<TrainingSpec, 'model' | 'optimizer'> = {
  model: {
    vocabSize: 23,
    contextLength: 8,
    dModel: 12,
    layers: 2,
    heads: 2,
    dFf: 20,
    ropeTheta: 10000,
    normEps: 1e-5,
  },
  optimizer: {
    learningRate: 1e-2,
    minLearningRate: 1e-3,
    warmupSteps: 2,
    totalSteps: 20,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    clipNorm: 1,
  },
};
