/** What an adapter run may be, and that the bound on what it sends holds every adapter. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { initialAdapterCheckpoint } from '../../compute/training/subject.ts';
import type { AdapterData } from '../../projections/books.ts';
import { artifactNamed, Desk, testPlan } from '../../testing/desk.ts';
import { adapterBytesMax, adapterProblem } from './adapter.ts';

const adapter: AdapterData = {
  rank: 4,
  alpha: 8,
  targets: ['lm_head'],
  base: artifactNamed('base'),
};

it('a plan with a doubled target or too high a rank is refused', () => {
  const desk = new Desk().open().plan();
  const say = (change: Partial<AdapterData>) =>
    desk.say(desk.operator, 'daybook.run.planned.v3', {
      ...testPlan,
      run: 'tuned',
      adapter: { ...adapter, ...change },
    });
  expect(say({ targets: ['w1', 'w1'] })).toMatchObject({ code: 'run_inconsistent' });
  expect(say({ rank: 9 })).toMatchObject({ code: 'run_inconsistent' });
  expect(say({ rank: 8 })).toMatchObject({ ok: true });
});

it('the bound on what is sent holds every adapter, with little to spare', () => {
  const maps = ['q_proj', 'k_proj', 'v_proj', 'output_proj', 'w1', 'w2', 'w3', 'lm_head'] as const;
  const cases = fc.record({
    vocabSize: fc.integer({ min: 8, max: 300 }),
    dModel: fc.integer({ min: 2, max: 16 }).map((n) => 4 * n),
    dFf: fc.integer({ min: 8, max: 64 }),
    layers: fc.integer({ min: 1, max: 6 }),
    rank: fc.integer({ min: 1, max: 8 }),
    targets: fc.uniqueArray(fc.constantFrom(...maps), { minLength: 1 }),
  });
  fc.assert(
    fc.property(cases, ({ rank, targets, ...sizes }) => {
      const model = { ...testPlan.model, heads: 2, ...sizes };
      const spec = { rank, alpha: 1, targets };
      expect(adapterProblem(model, { ...spec, base: adapter.base })).toBeNull();
      const { byteLength } = initialAdapterCheckpoint(model, spec, new Uint8Array(32));
      const max = adapterBytesMax(model, { ...spec, base: adapter.base });
      expect(byteLength).toBeLessThanOrEqual(max);
      const tensors = 2 * targets.length * sizes.layers;
      expect(max - byteLength).toBeLessThanOrEqual(1024 + 256 * tensors);
    }),
    { numRuns: 50 },
  );
});
