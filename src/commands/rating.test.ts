/** Ratings against the reference implementation, and what must hold whatever the outcome. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expOfNegative, log2OfInteger, ONE, sqrt } from './fixed-point.ts';
import type { Rating } from './rating.ts';
import { FIRST_RATING, ordinalMicro, rated } from './rating.ts';

type Pair = [mu: number, sigma: number];
const oracle = JSON.parse(
  readFileSync(new URL('../../fixtures/rating/openskill.json', import.meta.url), 'utf8'),
) as {
  cases: { ratings: Pair[]; ranks: number[]; after: Pair[] }[];
  season: { ranks: number[][]; after: Pair[] };
};

/** Of one outcome: the rounding of the input, of Q32.32 and of the result. */
const TOLERANCE_MICRO = 2;
/** Of 40 in a row. */
const SEASON_TOLERANCE_MICRO = 20;

const micro = (points: number): number => Math.round(points * 1e6);
const ratingOf = ([mu, sigma]: Pair): Rating => ({ muMicro: micro(mu), sigmaMicro: micro(sigma) });

function furthest(ours: readonly Rating[], theirs: readonly Pair[]): number {
  return Math.max(
    ...ours.flatMap(({ muMicro, sigmaMicro }, i) => {
      const [mu, sigma] = theirs[i] as Pair;
      return [Math.abs(muMicro - mu * 1e6), Math.abs(sigmaMicro - sigma * 1e6)];
    }),
  );
}

describe('ratings beside OpenSkill', () => {
  it('agree on single outcomes, with ties and without', () => {
    const distances = oracle.cases.map(({ ratings, ranks, after }) =>
      furthest(rated(ratings.map(ratingOf), ranks), after),
    );
    expect(Math.max(...distances)).toBeLessThanOrEqual(TOLERANCE_MICRO);
  });

  it('agree after a season', () => {
    const after = oracle.season.ranks.reduce<Rating[]>(
      (ratings, ranks) => rated(ratings, ranks),
      Array.from({ length: 6 }, () => FIRST_RATING),
    );
    expect(furthest(after, oracle.season.after)).toBeLessThanOrEqual(SEASON_TOLERANCE_MICRO);
  });
});

describe('ratings at their limits', () => {
  it('of nobody are none, and of one alone say nothing new', () => {
    expect(rated([], [])).toEqual([]);
    const [alone] = rated([FIRST_RATING], [3]);
    expect(alone?.muMicro).toBe(FIRST_RATING.muMicro);
    expect(alone?.sigmaMicro).toBeGreaterThan(FIRST_RATING.sigmaMicro);
  });

  it('begin at an ordinal of nothing', () => {
    expect(ordinalMicro(FIRST_RATING)).toBe(1);
  });

  const anyRating = fc.record({
    muMicro: fc.integer({ min: -100_000_000, max: 200_000_000 }),
    sigmaMicro: fc.integer({ min: 1, max: 20_000_000 }),
  });
  it('are finite, and without ties whoever was placed higher from the same rating stands higher', () => {
    fc.assert(
      fc.property(fc.array(anyRating, { minLength: 1, maxLength: 12 }), (others) => {
        const [same] = others as [Rating];
        // The first beats everybody, its equal comes last.
        const after = rated([same, ...others.slice(1), same], [...others.keys(), others.length]);
        expect(after.every((one) => Number.isSafeInteger(one.muMicro) && one.sigmaMicro > 0)).toBe(
          true,
        );
        const [first, last] = [after[0], after.at(-1)] as [Rating, Rating];
        expect(first.muMicro).toBeGreaterThanOrEqual(last.muMicro);
      }),
      { numRuns: 100 },
    );
  });

  it('do not depend on the order in which contributors are named', () => {
    const ratings = [1, 2, 3, 4].map((n) => ({ muMicro: n * 10_000_000, sigmaMicro: 4_000_000 }));
    const forth = rated(ratings, [0, 1, 1, 2]);
    const back = rated(ratings.toReversed(), [2, 1, 1, 0]);
    expect(back.toReversed()).toEqual(forth);
  });
});

describe('fixed point', () => {
  const asNumber = (x: bigint): number => Number(x) / Number(ONE);
  it('has exp, log and root close to those of doubles', () => {
    fc.assert(
      fc.property(fc.double({ min: -20, max: 0, noNaN: true }), (x) => {
        const q = BigInt(Math.round(x * Number(ONE)));
        expect(asNumber(expOfNegative(q))).toBeCloseTo(Math.exp(x), 8);
        expect(asNumber(sqrt(-q))).toBeCloseTo(Math.sqrt(-x), 4);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }), (n) => {
        expect(asNumber(log2OfInteger(n))).toBeCloseTo(Math.log2(Number(n)), 7);
      }),
    );
  });

  it('comes to nothing far below, never to less', () => {
    expect(expOfNegative(-1_000_000n * ONE)).toBe(0n);
    expect(expOfNegative(0n)).toBe(ONE);
  });
});
