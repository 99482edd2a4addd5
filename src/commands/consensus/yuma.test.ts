/**
 * Yuma against its published formula: an implementation of its own, in rational numbers
 * (fixtures/consensus/generate.py); and the laws that make it worth having.
 */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bonds } from '../../projections/bonds.ts';
import { ONE } from '../../projections/bonds.ts';
import type { Voter, YumaOutcome } from './yuma.ts';
import { consensusOf, distanceBps, yuma } from './yuma.ts';

interface OracleCase {
  readonly kappa: number;
  readonly alphaPpm: number;
  readonly stake: readonly string[];
  readonly weights: readonly (readonly number[])[];
  readonly bondsQ32: readonly (readonly number[])[];
  readonly expected: {
    readonly consensus: readonly number[];
    readonly incentive: readonly number[];
    readonly trust: readonly number[];
    readonly dividend: readonly number[];
    readonly validatorTrust: readonly number[];
    readonly bonds: readonly (readonly number[])[];
  };
}

/** Weights of the cases are at least 1/800 of their row, and Q32 rounds them by 2^-32. */
const TOLERANCE = 1e-6;
const TERMS = { kappa: 32_767, bondAlphaPpm: 100_000 };

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const voter = (id: string, stake: bigint, weights: readonly number[]): Voter => ({
  id,
  stake,
  weights: new Map(weights.map((weight, j) => [`m${j}`, BigInt(weight)])),
});
const votersOf = (stakes: readonly bigint[], weights: readonly (readonly number[])[]): Voter[] =>
  stakes.map((stake, i) => voter(`v${i}`, stake, weights[i] ?? []));
const run = (voters: readonly Voter[], miners: number, before: Bonds = {}): YumaOutcome =>
  yuma(voters, names('m', miners), before, TERMS);
const weightsIn = ({ contributors }: YumaOutcome): number[] =>
  [...contributors.values()].map(({ weight }) => weight);
const total = (shares: Iterable<number>): number => [...shares].reduce((a, b) => a + b, 0);

it('is the published formula on random matrices', () => {
  const url = new URL('../../../fixtures/consensus/yuma.json', import.meta.url);
  const cases = JSON.parse(readFileSync(url, 'utf8')) as OracleCase[];
  expect(cases.length).toBeGreaterThanOrEqual(200);
  let worst = 0;
  const compare = (found: readonly number[], expected: readonly number[]): void => {
    expect(found).toHaveLength(expected.length);
    found.forEach((share, at) => {
      worst = Math.max(worst, Math.abs(share / ONE - (expected[at] as number)));
    });
  };
  for (const { kappa, alphaPpm, stake, weights, bondsQ32, expected } of cases) {
    const before = Object.fromEntries(
      bondsQ32.map((row, i) => [`v${i}`, Object.fromEntries(row.map((b, j) => [`m${j}`, b]))]),
    );
    const miners = names('m', weights[0]?.length ?? 0);
    const voters = votersOf(stake.map(BigInt), weights);
    const found = yuma(voters, miners, before, { kappa, bondAlphaPpm: alphaPpm });
    compare(weightsIn(found), expected.consensus);
    compare(
      [...found.contributors.values()].map(({ incentive }) => incentive),
      expected.incentive,
    );
    compare(
      [...found.contributors.values()].map(({ trust }) => trust),
      expected.trust,
    );
    compare(
      [...found.validators.values()].map(({ dividend }) => dividend),
      expected.dividend,
    );
    compare(
      [...found.validators.values()].map(({ trust }) => trust),
      expected.validatorTrust,
    );
    voters.forEach(({ id }, i) => {
      const own = miners.map((miner) => found.bonds[id]?.[miner] ?? 0);
      compare(own, expected.bonds[i] ?? []);
    });
  }
  expect(worst).toBeLessThan(TOLERANCE);
});

describe('at its limits', () => {
  it('one validator is the consensus', () => {
    const found = run([voter('v0', 5n, [30, 10])], 2);
    expect(weightsIn(found)).toEqual([(3 * ONE) / 4, ONE / 4]);
    expect(found.validators.get('v0')).toMatchObject({ trust: ONE, dividend: ONE });
  });

  it('nobody with stake is nobody heard', () => {
    const found = run([voter('v0', 0n, [30, 10])], 2);
    expect(found.validators.size).toBe(0);
    expect([...found.contributors.values()]).toEqual([
      { weight: 0, incentive: 0, trust: 0 },
      { weight: 0, incentive: 0, trust: 0 },
    ]);
  });

  it('one without stake is not heard among others', () => {
    const others = [voter('v0', 1n, [1, 1]), voter('v1', 1n, [1, 1])];
    const found = run([...others, voter('v2', 0n, [1, 0])], 2);
    expect(weightsIn(found)).toEqual(weightsIn(run(others, 2)));
    expect(found.validators.has('v2')).toBe(false);
  });

  it('weights of zero give nothing to anybody and leave bonds to fade', () => {
    const before = { v0: { m0: 1000 } };
    const found = run([voter('v0', 1n, [0, 0])], 2, before);
    expect(weightsIn(found)).toEqual([0, 0]);
    expect(found.bonds).toEqual({ v0: { m0: 900 } });
    expect(before).toEqual({ v0: { m0: 1000 } });
    expect(found.validators.get('v0')).toMatchObject({ trust: 0, dividend: 0 });
  });

  it('where all disagree nothing is common', () => {
    const found = run(
      votersOf(
        [1n, 1n, 1n],
        [
          [1, 0, 0],
          [0, 1],
          [0, 0, 1],
        ],
      ),
      3,
    );
    expect(weightsIn(found)).toEqual([0, 0, 0]);
    expect(distanceBps(new Map([['m0', ONE]]), new Map())).toBeNull();
  });

  it('a contributor that was not scored keeps its bonds', () => {
    const found = run([voter('v0', 1n, [1])], 1, { v0: { other: 77 }, gone: { other: 5, m0: 1 } });
    // 0.9 of 1 is 0, and what is nothing is left out.
    expect(found.bonds).toEqual({
      v0: { m0: Math.floor(ONE / 10), other: 77 },
      gone: { other: 5 },
    });
  });

  it('ties in the remainder go to the smaller name, and shares sum to one', () => {
    const found = run([voter('v0', 1n, [1, 1, 1])], 3);
    const incentives = [...found.contributors.values()].map(({ incentive }) => incentive);
    expect(incentives).toEqual([1_431_655_766, 1_431_655_765, 1_431_655_765]);
    expect(total(incentives)).toBe(ONE);
  });

  it('distance is none for the consensus itself and all for its opposite', () => {
    const consensus = new Map([['m0', ONE / 4]]);
    expect(distanceBps(new Map([['m0', ONE]]), consensus)).toBe(0);
    expect(distanceBps(new Map([['m1', ONE]]), consensus)).toBe(10_000);
    expect(distanceBps(new Map(), consensus)).toBe(5000);
  });
});

const MINERS = 4;
const row = fc.array(fc.nat({ max: 10_000 }), { minLength: MINERS, maxLength: MINERS });
const stakes = (count: number) =>
  fc.array(fc.bigInt({ min: 1n, max: 10n ** 15n }), { minLength: count, maxLength: count });
const matrix = fc.integer({ min: 1, max: 6 }).chain((count) =>
  fc.record({
    stake: stakes(count),
    weights: fc.array(row, { minLength: count, maxLength: count }),
  }),
);

describe('laws', () => {
  it('who comes first changes nothing', () => {
    fc.assert(
      fc.property(matrix, ({ stake, weights }) => {
        const voters = votersOf(stake, weights);
        const one = run(voters, MINERS);
        const other = run(voters.toReversed(), MINERS);
        expect([...one.contributors]).toEqual([...other.contributors]);
        expect(new Map([...other.validators].toReversed())).toEqual(one.validators);
        expect(other.bonds).toEqual(one.bonds);
      }),
    );
  });

  it('only shares of stake count', () => {
    fc.assert(
      fc.property(matrix, fc.bigInt({ min: 2n, max: 10n ** 20n }), ({ stake, weights }, factor) => {
        const scaled = votersOf(
          stake.map((one) => one * factor),
          weights,
        );
        expect(run(scaled, MINERS)).toEqual(run(votersOf(stake, weights), MINERS));
      }),
    );
  });

  it('incentives and dividends sum to one, or to nothing', () => {
    fc.assert(
      fc.property(matrix, ({ stake, weights }) => {
        const { contributors, validators } = run(votersOf(stake, weights), MINERS);
        const agreed = [...contributors.values()].some(({ weight }) => weight > 0);
        const incentives = [...contributors.values()].map(({ incentive }) => incentive);
        const dividends = [...validators.values()].map(({ dividend }) => dividend);
        expect(total(incentives)).toBe(agreed ? ONE : 0);
        expect(total(dividends)).toBe(agreed ? ONE : 0);
      }),
    );
  });

  it('a minority raises nobody above what the majority gives', () => {
    const split = fc.record({
      majority: fc.array(row, { minLength: 2, maxLength: 4 }),
      minority: fc.array(row, { minLength: 1, maxLength: 2 }),
    });
    fc.assert(
      fc.property(split, ({ majority, minority }) => {
        // The minority holds less than kappa of the stake.
        const stake = [...majority.map(() => 10n), ...minority.map(() => 9n)];
        const found = run(votersOf(stake, [...majority, ...minority]), MINERS);
        names('m', MINERS).forEach((id) => {
          const given = majority.map((_, i) => found.validators.get(`v${i}`)?.row.get(id) ?? 0);
          expect(found.contributors.get(id)?.weight).toBeLessThanOrEqual(Math.max(...given));
        });
      }),
    );
  });

  it('clipping only takes away, and a higher kappa never gives more', () => {
    fc.assert(
      fc.property(matrix, fc.nat({ max: 65_534 }), ({ stake, weights }, kappa) => {
        const { validators } = run(votersOf(stake, weights), MINERS);
        const heard = [...validators].map(([id, found], at) => {
          for (const [miner, weight] of found.clipped)
            expect(weight).toBeLessThanOrEqual(found.row.get(miner) ?? 0);
          return { id, stake: stake[at] as bigint, row: found.row };
        });
        const least = consensusOf(heard, kappa + 1);
        for (const [miner, weight] of least)
          expect(weight).toBeLessThanOrEqual(
            consensusOf(heard, Math.max(1, kappa)).get(miner) ?? 0,
          );
      }),
    );
  });

  it('costs as much as there are weights, but for a logarithm of the validators', () => {
    // Every comparison of two weights asks both for their value.
    const looks = (validators: number, miners: number): number => {
      let asked = 0;
      const counted = (value: number): number =>
        ({
          valueOf: () => {
            asked += 1;
            return value;
          },
        }) as unknown as number;
      const heard = names('v', validators).map((id, i) => ({
        id,
        stake: 1n,
        row: new Map(
          names('m', miners).map((m, j) => [m, counted(((i * 7919 + j * 104_729) % 997) + 1)]),
        ),
      }));
      consensusOf(heard, 32_767);
      return asked;
    };
    const bound = (validators: number, miners: number): number =>
      2 * validators * miners * (Math.ceil(Math.log2(validators)) + 1);
    expect(looks(64, 200)).toBeLessThanOrEqual(bound(64, 200));
    expect(looks(64, 400)).toBeLessThanOrEqual(bound(64, 400));
    expect(looks(128, 200)).toBeLessThanOrEqual(bound(128, 200));
  });
});
