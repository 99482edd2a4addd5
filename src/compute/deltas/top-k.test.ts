import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocateSelector, selectTop } from './top-k.ts';

/** Magnitude descending, then index; no zeros. */
function byDefinition(values: readonly number[], k: number): number[] {
  return values
    .map((value, index) => ({ magnitude: Math.abs(value), index }))
    .filter(({ magnitude }) => magnitude > 0)
    .sort((a, b) => b.magnitude - a.magnitude || a.index - b.index)
    .slice(0, k)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}

const few = fc.constantFrom(
  0,
  -0,
  1,
  -1,
  2,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  3e38,
  1 + 2 ** -23,
);
const any = fc.float({ noNaN: true, noDefaultInfinity: true });

test('it is the k largest magnitudes, ties to the lowest index, and leaves nothing behind', () => {
  const selector = allocateSelector();
  const list = fc.array(fc.oneof(few, any), { maxLength: 300 });
  fc.assert(
    fc.property(list, fc.integer({ min: 1, max: 310 }), (values, k) => {
      selector.values.set(values);
      const count = selectTop(selector, values.length, k);
      expect([...selector.chosen.subarray(0, count)]).toEqual(byDefinition(values, k));
    }),
    { numRuns: 500 },
  );
});

test('a full tile of one magnitude gives its first', () => {
  const selector = allocateSelector();
  selector.values.fill(-0.25);
  expect(selectTop(selector, 4096, 64)).toBe(64);
  expect([...selector.chosen.subarray(0, 64)]).toEqual(Array.from({ length: 64 }, (_, i) => i));
});
