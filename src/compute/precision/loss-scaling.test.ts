import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  initialLossScale,
  nextLossScale,
  parseLossScale,
  parseLossScalingSettings,
} from './loss-scaling.ts';
import type { LossScale, LossScalingSettings } from './loss-scaling.ts';

interface Recorded extends Pick<
  LossScalingSettings,
  'growthFactor' | 'backoffFactor' | 'growthInterval'
> {
  readonly finite: boolean[];
  readonly states: [scale: number, goodSteps: number][];
}

const url = new URL('../../../fixtures/optim/precision.json', import.meta.url);
const { scaleSteps } = JSON.parse(readFileSync(url).toString()) as { scaleSteps: Recorded[] };
const TORCH = { initialScale: 1024, minScale: 2 ** -126, maxScale: 3.4028234663852886e38 };

test.each(scaleSteps)(
  'torch’s scale, step by step, at $growthFactor and $backoffFactor',
  ({ finite, states, ...factors }) => {
    const settings = parseLossScalingSettings({ ...TORCH, ...factors });
    let state = initialLossScale(settings);
    const found = finite.map((ok) => {
      state = nextLossScale(settings, state, ok);
      return [state.scale, state.goodSteps];
    });
    expect(found).toEqual(states);
  },
);

test('never leaves its bounds, and every state on the way is one it reads again', () => {
  const power = (min: number, max: number) => fc.integer({ min, max }).map((n) => 2 ** n);
  const settings = fc
    .record({
      minScale: power(-20, 0),
      maxScale: power(1, 20),
      initialScale: power(0, 1),
      growthFactor: fc.double({ min: 1.001, max: 16, noNaN: true }),
      backoffFactor: fc.double({ min: 0.01, max: 0.999, noNaN: true }),
      growthInterval: fc.integer({ min: 1, max: 4 }),
    })
    .map((value) => parseLossScalingSettings(value));
  fc.assert(
    fc.property(settings, fc.array(fc.boolean(), { maxLength: 120 }), (chosen, finite) => {
      let state: LossScale = initialLossScale(chosen);
      for (const ok of finite) {
        const next = nextLossScale(chosen, state, ok);
        expect(next.scale).toBeGreaterThanOrEqual(chosen.minScale);
        expect(next.scale).toBeLessThanOrEqual(chosen.maxScale);
        expect(ok ? next.scale >= state.scale : next.scale <= state.scale).toBe(true);
        expect(parseLossScale(chosen, JSON.parse(JSON.stringify(next)))).toEqual(next);
        state = next;
      }
    }),
  );
});

test('refuses settings and states that cannot be', () => {
  const good = { ...TORCH, growthFactor: 2, backoffFactor: 0.5, growthInterval: 2000 };
  expect(parseLossScalingSettings(good)).toEqual(good);
  const refused = { code: 'spec_invalid' };
  for (const change of [
    { growthFactor: 1 },
    { backoffFactor: 1 },
    { backoffFactor: 0 },
    { growthInterval: 0 },
    { growthInterval: 1.5 },
    { initialScale: 0.1 }, // no f32
    { initialScale: 0 },
    { initialScale: Infinity },
    { maxScale: 512 },
    { minScale: NaN },
    { more: 1 },
  ]) {
    expect(() => parseLossScalingSettings({ ...good, ...change })).toThrow(
      expect.objectContaining(refused),
    );
  }
  for (const state of [
    null,
    { scale: 2 },
    { scale: 3e38 * 10, goodSteps: 0 },
    { scale: 1, goodSteps: 2000 },
  ]) {
    expect(() => parseLossScale(good, state)).toThrow(expect.objectContaining(refused));
  }
});
