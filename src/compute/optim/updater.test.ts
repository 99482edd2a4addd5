/**
 * What surrounds an optimizer's step: skipped steps, clipping, loss scales and narrow formats,
 * telemetry, checkpoints. The oracle of the mixed-precision run is torch.amp.GradScaler.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { roundTo } from '../precision/float-formats.ts';
import { FULL_PRECISION } from '../precision/policy.ts';
import type { LossScale } from '../precision/loss-scaling.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { clipValues } from './clip-settings.ts';
import { pseudoGradients, startingPoint, zeros } from './recorded-cases.ts';
import { parseUpdateSettings } from './update-settings.ts';
import { Updater } from './updater.ts';
import type { UpdaterOptions } from './updater.ts';

const ADAMW = { name: 'adamw', beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.1 };
const SGD = { name: 'sgd', momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 };
const CONSTANT = { name: 'constant', learningRate: 0.01, warmupSteps: 0 };
const SCALING = { growthFactor: 2, backoffFactor: 0.5, growthInterval: 8, initialScale: 65536 };
const BOUNDS = { minScale: 2 ** -126, maxScale: 2 ** 127 };
const FROZEN = {
  label: 'embeddings',
  match: 'prefix',
  pattern: 'embed.',
  learningRateScale: 1,
  weightDecay: null,
  frozen: true,
};

function opened(change: Record<string, unknown> = {}, options: UpdaterOptions = {}) {
  const settings = parseUpdateSettings({
    optimizer: ADAMW,
    schedule: CONSTANT,
    clip: { name: 'none' },
    groups: [],
    precision: FULL_PRECISION,
    lossScaling: null,
    ...change,
  });
  const [parameters, gradients] = [startingPoint(), zeros()];
  const updater = new Updater(settings, parameters, gradients, options);
  return { parameters, gradients, updater };
}

const copyOf = (tensors: Tensors): Tensors =>
  new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
const norm = (...arrays: Float32Array[]): number =>
  Math.hypot(...arrays.flatMap((data) => [...data]));

describe('a gradient that is not finite', () => {
  test.each([NaN, Infinity, -Infinity])('%s skips the step and changes nothing', (value) => {
    const { parameters, gradients, updater } = opened({ clip: { name: 'value', limit: 0.1 } });
    pseudoGradients(gradients, 0);
    updater.step(0);
    const before = [copyOf(parameters), copyOf(updater.state.tensors), updater.state.t];
    gradients.get('fc2.weight')!.data[14] = value;
    const given = copyOf(gradients);
    expect(updater.step(1)).toEqual({
      kind: 'skipped',
      reason: 'gradient_not_finite',
      tensor: 'fc2.weight',
    });
    expect([parameters, updater.state.tensors, updater.state.t]).toEqual(before);
    expect(gradients).toEqual(given);
  });

  test('does not matter where the parameter is frozen', () => {
    const { parameters, gradients, updater } = opened({ groups: [FROZEN] });
    gradients.get('embed.weight')!.data[0] = NaN;
    expect(updater.step(0)).toMatchObject({ kind: 'applied', gradientNorm: 0 });
    expect(parameters.get('embed.weight')).toEqual(startingPoint().get('embed.weight'));
    expect([...updater.state.tensors.keys()].filter((name) => name.includes('embed'))).toEqual([]);
  });
});

describe('clipping is reported', () => {
  test('by norm', () => {
    const { gradients, updater } = opened({ clip: { name: 'norm', limit: 1 } });
    pseudoGradients(gradients, 3);
    const before = norm(...[...gradients.values()].map(({ data }) => data));
    const outcome = updater.step(3);
    expect(outcome).toMatchObject({ kind: 'applied', clip: { clippedElements: 0 } });
    expect(outcome.kind === 'applied' && outcome.clip.scale * before).toBeCloseTo(1, 5);
  });

  test('by value', () => {
    const { gradients, updater } = opened({ clip: { name: 'value', limit: 0.5 } });
    pseudoGradients(gradients, 3);
    const beyond = [...gradients.values()].flatMap(({ data }) =>
      [...data].filter((x) => Math.abs(x) > 0.5),
    );
    expect(beyond.length).toBeGreaterThan(10);
    expect(updater.step(3)).toMatchObject({ clip: { scale: 1, clippedElements: beyond.length } });
  });

  test('a value at the limit is left, NaN too', () => {
    const data = Float32Array.of(0.1, -0.1, 0.11, -Infinity, NaN);
    expect(clipValues(data, 0.1)).toBe(2);
    expect(data).toEqual(Float32Array.of(0.1, -0.1, 0.1, -0.1, NaN));
    expect(clipValues(data, 0.1)).toBe(0);
  });

  test('limits mean gradients without their loss scale', () => {
    for (const clip of [
      { name: 'norm', limit: 1 },
      { name: 'value', limit: 0.5 },
    ]) {
      const [plain, scaled] = [
        opened({ clip }),
        opened({ clip, lossScaling: { ...SCALING, ...BOUNDS } }),
      ];
      for (let step = 0; step < 3; step += 1) {
        for (const { gradients } of [plain, scaled]) pseudoGradients(gradients, step);
        for (const { data } of scaled.gradients.values())
          data.forEach((x, i) => (data[i] = x * 65536));
        expect(scaled.updater.step(step)).toEqual(plain.updater.step(step));
      }
      expect(scaled.parameters).toEqual(plain.parameters);
    }
  });
});

describe('mixed precision', () => {
  const url = new URL('../../../fixtures/optim/precision.json', import.meta.url);
  const { mixed } = JSON.parse(readFileSync(url).toString()) as {
    mixed: { scales: number[]; applied: boolean[]; trained: number[]; bf16: number[] };
  };

  test('a hundred steps on f16 gradients under a loss scale are those of torch', () => {
    const weights = zeros();
    const precision = { weights: 'bf16', activations: 'f32', gradients: 'f16' };
    const lossScaling = { ...SCALING, ...BOUNDS };
    const { parameters, gradients, updater } = opened({ precision, lossScaling }, { weights });
    const [scales, applied]: [number[], boolean[]] = [[], []];
    for (let step = 0; step < 100; step += 1) {
      const { scale } = updater.lossScale!;
      scales.push(scale);
      pseudoGradients(gradients, step);
      [...gradients.values()].forEach(({ data }, t) => {
        data.forEach((x, i) => (data[i] = x * (t % 2 === 1 ? 2 ** -36 : 1) * scale));
      });
      applied.push(updater.step(step).kind === 'applied');
    }
    expect(scales).toEqual(mixed.scales);
    expect(applied).toEqual(mixed.applied);
    expect(applied.filter((done) => !done).length).toBeGreaterThan(5);
    expect(updater.state.t).toBe(applied.filter(Boolean).length);
    const flat = [...parameters.values()].flatMap(({ data }) => [...data]);
    const error = Math.hypot(...flat.map((x, i) => x - mixed.trained[i]!));
    expect(error / Math.hypot(...mixed.trained)).toBeLessThan(1e-6);
    const copies = [...weights.values()].flatMap(({ data }) => [...data]);
    const master = Float32Array.from(flat);
    roundTo('bf16', master);
    expect(copies).toEqual([...master]);
    copies.forEach((x, i) => expect(Math.abs(x / mixed.bf16[i]! - 1)).toBeLessThanOrEqual(2 ** -7));
  });
});

describe('telemetry', () => {
  const BIASES = {
    ...FROZEN,
    label: 'biases',
    match: 'suffix',
    pattern: '.bias',
    frozen: false,
    weightDecay: 0,
  };

  test('changes no bit, and tells the norms of what happened', () => {
    const change = { groups: [FROZEN, BIASES], clip: { name: 'value', limit: 0.5 } };
    const [told, silent] = [opened(change, { telemetry: true }), opened(change)];
    for (let step = 0; step < 4; step += 1) {
      for (const { gradients } of [told, silent]) pseudoGradients(gradients, step);
      const [old, raw] = [copyOf(told.parameters), copyOf(told.gradients)];
      const outcome = told.updater.step(step);
      expect(silent.updater.step(step)).toEqual(outcome);
      expect(told.parameters).toEqual(silent.parameters);

      const of = (tensors: Tensors, ...names: string[]) => names.map((n) => tensors.get(n)!.data);
      const moved = new Map(
        [...old].map(([name, { shape, data }]) => [
          name,
          { shape, data: data.map((x, i) => told.parameters.get(name)!.data[i]! - x) },
        ]),
      );
      const telemetry = told.updater.telemetry!;
      const groups = [[], ['fc1.bias', 'fc2.bias'], ['fc1.weight', 'fc2.weight']];
      groups.forEach((names, i) => {
        expect(telemetry.groupGradientNorms[i]).toBeCloseTo(norm(...of(raw, ...names)), 12);
        expect(telemetry.groupParameterNorms[i]).toBeCloseTo(norm(...of(old, ...names)), 12);
        expect(telemetry.groupUpdateNorms[i]).toBeCloseTo(norm(...of(moved, ...names)), 7);
      });
      const all = groups.flat();
      expect(outcome.kind === 'applied' && outcome.gradientNorm).toBe(telemetry.gradientNorm);
      expect(telemetry.gradientNorm).toBeCloseTo(norm(...of(raw, ...all)), 12);
      expect(telemetry.parameterNorm).toBeCloseTo(norm(...of(old, ...all)), 12);
      expect(telemetry.updateNorm).toBeCloseTo(norm(...of(moved, ...all)), 7);
      const clipped = norm(...of(told.gradients, ...all));
      expect(telemetry.clipRatio).toBeCloseTo(clipped / norm(...of(raw, ...all)), 12);
      expect(telemetry.clipRatio).toBeLessThan(1);
      expect(telemetry.updateRatio(null)).toBe(telemetry.updateNorm / telemetry.parameterNorm);
      expect(telemetry.updateRatio(0)).toBe(0);
      expect(telemetry.skipped).toBe(false);
    }
  });

  test('takes a loss scale out, and says when a step was skipped', () => {
    const lossScaling = { ...SCALING, ...BOUNDS };
    const { gradients, updater } = opened({ lossScaling, optimizer: SGD }, { telemetry: true });
    gradients.get('fc1.bias')!.data[2] = 3 * 65536;
    updater.step(0);
    const telemetry = updater.telemetry!;
    expect([...telemetry.groupGradientNorms, telemetry.gradientNorm]).toEqual([3, 3]);
    expect(telemetry.updateNorm).toBeCloseTo(0.03, 7);
    gradients.get('fc1.bias')!.data[2] = Infinity;
    updater.step(1);
    expect(telemetry).toMatchObject({ skipped: true, updateNorm: 0, clipRatio: 1 });
    expect(telemetry.updateRatio(0)).toBe(0);
  });
});

describe('a checkpoint', () => {
  const lossScaling = { ...SCALING, ...BOUNDS };
  const ran = (steps: number) => {
    const run = opened({ lossScaling });
    for (let step = 0; step < steps; step += 1) {
      pseudoGradients(run.gradients, step);
      run.updater.step(step);
    }
    return run;
  };

  test('of state, under its names, goes on with the same bits', () => {
    const [first, whole] = [ran(3), ran(4)];
    const bytes = writeSafetensors(first.updater.state.tensors);
    const scale: unknown = JSON.parse(JSON.stringify(first.updater.lossScale));
    const next = opened({ lossScaling });
    for (const [name, { data }] of first.parameters) next.parameters.get(name)!.data.set(data);
    next.updater.restore(3, readSafetensors(bytes).tensors, scale);
    pseudoGradients(next.gradients, 3);
    next.updater.step(3);
    expect(next.parameters).toEqual(whole.parameters);
    expect(next.updater.state).toEqual(whole.updater.state);
    expect(next.updater.lossScale).toEqual(whole.updater.lossScale);
  });

  test.each<[string, (stored: Map<string, { shape: number[]; data: Float32Array }>) => void]>([
    ['tensor_missing', (stored) => stored.delete('exp_avg/fc1.bias')],
    ['tensor_unexpected', (stored) => stored.set('x', { shape: [1], data: new Float32Array(1) })],
    [
      'shape_mismatch',
      (stored) => stored.set('exp_avg/fc1.bias', { shape: [1, 5], data: new Float32Array(5) }),
    ],
    ['value_not_finite', (stored) => (stored.get('exp_avg/fc1.bias')!.data[0] = NaN)],
    ['value_out_of_range', (stored) => (stored.get('exp_avg_sq/fc1.bias')!.data[0] = -1e-9)],
  ])('that has %s is refused, and nothing changed', (code, spoil) => {
    const { updater } = ran(2);
    const before = copyOf(updater.state.tensors);
    const stored = copyOf(ran(3).updater.state.tensors) as Map<
      string,
      { shape: number[]; data: Float32Array }
    >;
    spoil(stored);
    expect(() => updater.restore(3, stored, updater.lossScale)).toThrow(
      expect.objectContaining({ code }),
    );
    expect([updater.state.tensors, updater.state.t]).toEqual([before, 2]);
  });

  test.each<[number, LossScale | null]>([
    [-1, { scale: 1, goodSteps: 0 }],
    [1.5, { scale: 1, goodSteps: 0 }],
    [1, null],
    [1, { scale: NaN, goodSteps: 0 }],
  ])('with %j steps and loss scale %j is refused', (t, scale) => {
    const { updater } = ran(1);
    const before = updater.lossScale;
    expect(() => updater.restore(t, updater.state.tensors, scale)).toThrow(
      expect.objectContaining({ code: 'spec_invalid' }),
    );
    expect(updater.lossScale).toBe(before);
  });
});

test.each([
  ['tensor_missing', (tensors: Map<string, unknown>) => tensors.delete('fc1.bias')],
  ['tensor_unexpected', (tensors: Map<string, unknown>) => tensors.set('x', { shape: [0] })],
  ['shape_mismatch', (tensors: Map<string, unknown>) => tensors.set('fc1.bias', { shape: [6] })],
] as const)('gradients with %s are refused', (code, spoil) => {
  const gradients = zeros();
  spoil(gradients as Map<string, unknown>);
  const settings = parseUpdateSettings({
    optimizer: SGD,
    schedule: CONSTANT,
    clip: { name: 'none' },
    groups: [],
    precision: FULL_PRECISION,
    lossScaling: null,
  });
  expect(() => new Updater(settings, startingPoint(), gradients)).toThrow(
    expect.objectContaining({ code }),
  );
});
