import { expect, test } from 'vitest';
import { FULL_PRECISION } from '../precision/policy.ts';
import { parseUpdateSettings } from './update-settings.ts';

const adam = { beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0 };
const sgd = { name: 'sgd', momentum: 0.9, dampening: 0, nesterov: true, weightDecay: 0 };
const lars = {
  name: 'lars',
  momentum: 0.9,
  trustCoefficient: 0.01,
  weightDecay: 0,
  adaptUndecayed: true,
};
const cosine = {
  name: 'cosine',
  learningRate: 1,
  minLearningRate: 0,
  warmupSteps: 1,
  totalSteps: 9,
};
const good = {
  optimizer: sgd,
  schedule: cosine,
  clip: { name: 'norm', limit: 1 },
  groups: [],
  precision: FULL_PRECISION,
  lossScaling: null,
};

test.each([
  { optimizer: sgd },
  { optimizer: { name: 'adam', ...adam } },
  { optimizer: { name: 'adamw', ...adam } },
  { optimizer: lars },
  { optimizer: { name: 'lamb', ...adam, adaptUndecayed: false } },
  { schedule: { name: 'constant', learningRate: 0, warmupSteps: 0 } },
  { schedule: { name: 'inverse_square_root', learningRate: 1, warmupSteps: 1 } },
  { schedule: { ...cosine, name: 'linear' } },
  { clip: { name: 'none' } },
  { clip: { name: 'value', limit: 0.1 } },
  { precision: { weights: 'bf16', activations: 'bf16', gradients: 'f16' } },
])('reads %j back from JSON', (change) => {
  const settings = { ...good, ...change };
  expect(parseUpdateSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
});

test.each([
  { optimizer: null },
  { optimizer: [] },
  { optimizer: { name: 'toString' } },
  { optimizer: { name: 'rmsprop' } },
  { optimizer: { ...sgd, momentum: '0.9' } },
  { optimizer: { ...sgd, momentum: 1.5 } },
  { optimizer: { ...sgd, momentum: 0 } }, // Nesterov without momentum
  { optimizer: { ...sgd, dampening: 0.1 } },
  { optimizer: { ...sgd, beta1: 0.9 } },
  { optimizer: { name: 'adam', ...adam, beta1: 1 } },
  { optimizer: { name: 'adamw', ...adam, beta2: NaN } },
  { optimizer: { name: 'adamw', ...adam, eps: 0 } },
  { optimizer: { name: 'lamb', ...adam } },
  { optimizer: { ...lars, trustCoefficient: 0 } },
  { schedule: { name: 'constant', learningRate: -1, warmupSteps: 0 } },
  { schedule: { name: 'constant', learningRate: 1, warmupSteps: 0, totalSteps: 1 } },
  { schedule: { name: 'inverse_square_root', learningRate: 1, warmupSteps: 0 } },
  { schedule: { ...cosine, totalSteps: 0.5 } },
  { schedule: { ...cosine, warmupSteps: 1e10 } },
  { clip: { name: 'none', limit: 1 } },
  { clip: { name: 'norm', limit: 0 } },
  { clip: { name: 'value', limit: Infinity } },
  { precision: { weights: 'f8', activations: 'f32', gradients: 'f32' } },
  { lossScaling: {} },
  { unknown: 1 },
])('refuses %j', (change) => {
  expect(() => parseUpdateSettings({ ...good, ...change })).toThrow(
    expect.objectContaining({ name: 'TrainingInputError', code: 'spec_invalid' }),
  );
});

test('members come from the object itself', () => {
  expect(() => parseUpdateSettings(Object.create(good))).toThrow(/no member/);
  const poisoned: unknown = JSON.parse('{"name":"none","__proto__":{"limit":1}}');
  expect(() => parseUpdateSettings({ ...good, clip: poisoned })).toThrow(/__proto__/);
});
