/** Laws of dividing a pool: nothing is lost, nobody is off by a whole unit, order does not matter. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Weight } from './shares.ts';
import { largestRemainder } from './shares.ts';

const weights: fc.Arbitrary<Weight[]> = fc.uniqueArray(
  fc.record({
    id: fc.stringMatching(/^[A-Z]{1,4}$/),
    weight: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  }),
  { selector: ({ id }) => id, maxLength: 20 },
);
const pool = fc.bigInt({ min: 0n, max: 10n ** 18n });
const total = (shares: ReadonlyMap<string, bigint>): bigint =>
  [...shares.values()].reduce((sum, share) => sum + share, 0n);

describe('largest remainder', () => {
  it('gives out the whole pool, or nothing when nobody has a weight', () => {
    fc.assert(
      fc.property(pool, weights, (amount, all) => {
        const someone = all.some(({ weight }) => weight > 0n);
        expect(total(largestRemainder(amount, all))).toBe(someone ? amount : 0n);
      }),
    );
  });

  it('gives each the floor of its quota or one unit more, and those without weight nothing', () => {
    fc.assert(
      fc.property(pool, weights, (amount, all) => {
        const sum = all.reduce((acc, { weight }) => acc + weight, 0n);
        const shares = largestRemainder(amount, all);
        for (const { id, weight } of all) {
          const share = shares.get(id) ?? 0n;
          if (weight === 0n) expect(shares.has(id)).toBe(false);
          else expect([0n, 1n]).toContain(share - (amount * weight) / sum);
        }
      }),
    );
  });

  it('does not depend on the order of the weights', () => {
    const shuffledToo = weights.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(pool, shuffledToo, (amount, [all, other]) => {
        const entries = (list: Weight[]) => [...largestRemainder(amount, list)].sort();
        expect(entries(other)).toEqual(entries(all));
      }),
    );
  });

  it('gives more to the heavier', () => {
    fc.assert(
      fc.property(pool, weights, (amount, all) => {
        const shares = largestRemainder(amount, all);
        const sorted = [...all].sort((a, b) => (a.weight < b.weight ? -1 : 1));
        sorted.slice(1).forEach(({ id, weight }, index) => {
          const lighter = sorted[index] as Weight;
          if (weight > lighter.weight)
            expect((shares.get(id) ?? 0n) >= (shares.get(lighter.id) ?? 0n)).toBe(true);
        });
      }),
    );
  });

  it('breaks ties by the smaller id', () => {
    const equal = ['C', 'A', 'B'].map((id) => ({ id, weight: 1n }));
    expect([...largestRemainder(10n, equal)].sort()).toEqual([
      ['A', 4n],
      ['B', 3n],
      ['C', 3n],
    ]);
    expect([...largestRemainder(11n, equal)].sort()).toEqual([
      ['A', 4n],
      ['B', 4n],
      ['C', 3n],
    ]);
  });

  it('gives the odd unit to the largest remainder, not to the largest weight', () => {
    // Quotas of 10: 6.66, 2.22, 1.11.
    const shares = largestRemainder(10n, [
      { id: 'A', weight: 6n },
      { id: 'B', weight: 2n },
      { id: 'C', weight: 1n },
    ]);
    expect([...shares].sort()).toEqual([
      ['A', 7n],
      ['B', 2n],
      ['C', 1n],
    ]);
  });
});
