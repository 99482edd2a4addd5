import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chachaStream } from '../random/chacha20.ts';
import { drawToken, nucleusOf } from './nucleus.ts';
import { SamplingError } from './settings.ts';

const logitsOf = fc
  .array(fc.float({ noNaN: true, min: -20, max: 20 }), { minLength: 1, maxLength: 12 })
  .map((values) => Float32Array.from(values));
const temperatureOf = fc.double({ min: 0.05, max: 5, noNaN: true });
const topPOf = fc.double({ min: 2 ** -20, max: 1, noNaN: true });

/** Softmax by the runtime's exp. */
function softmax(logits: Float32Array, temperature: number): number[] {
  const max = Math.max(...logits);
  const weights = [...logits].map((x) => Math.exp((x - max) / temperature));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

describe('the nucleus', () => {
  test('is the smallest set of likeliest tokens whose mass reaches p', () => {
    fc.assert(
      fc.property(logitsOf, temperatureOf, topPOf, (logits, temperature, topP) => {
        const all = softmax(logits, temperature);
        const { ids } = nucleusOf(logits, { temperature, topP });
        const massOf = (some: readonly number[]): number =>
          some.reduce((sum, id) => sum + all[id]!, 0);
        expect(massOf(ids)).toBeGreaterThanOrEqual(topP - 1e-12);
        expect(massOf(ids.slice(0, -1))).toBeLessThan(topP + 1e-12);
        const least = logits[ids.at(-1)!]!;
        logits.forEach((x, id) => {
          if (x > least) expect(ids).toContain(id);
        });
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps the proportions and sums to 1', () => {
    fc.assert(
      fc.property(logitsOf, temperatureOf, topPOf, (logits, temperature, topP) => {
        const all = softmax(logits, temperature);
        const { ids, cumulative } = nucleusOf(logits, { temperature, topP });
        expect(cumulative.at(-1)).toBe(1);
        const mass = ids.reduce((sum, id) => sum + all[id]!, 0);
        ids.forEach((id, at) => {
          const probability = cumulative[at]! - (cumulative[at - 1] ?? 0);
          expect(Math.abs(probability - all[id]! / mass)).toBeLessThan(1e-12);
        });
      }),
    );
  });

  test('of mass 1 is everything that has any, ties in order of their ids', () => {
    const even = Float32Array.of(1, 1, 1, 1);
    expect(nucleusOf(even, { temperature: 1, topP: 1 }).ids).toEqual([0, 1, 2, 3]);
    expect(nucleusOf(even, { temperature: 1, topP: 0.5 }).ids).toEqual([0, 1]);
    expect(nucleusOf(even, { temperature: 1, topP: 0.51 }).ids).toEqual([0, 1, 2]);
    expect(nucleusOf(even, { temperature: 1, topP: 1e-300 }).ids).toEqual([0]);
  });

  test('of temperature 0 is the likeliest token, the first of equals', () => {
    const logits = Float32Array.of(1, 3, 3, 2);
    expect(nucleusOf(logits, { temperature: 0, topP: 1 }).ids).toEqual([1]);
    expect(nucleusOf(logits, { temperature: 1e-300, topP: 0.5 }).ids).toEqual([1]);
  });

  test.each([NaN, Infinity, -Infinity])('a logit of %d is refused', (bad) => {
    const draw = (): unknown => nucleusOf(Float32Array.of(0, bad), { temperature: 1, topP: 1 });
    expect(draw).toThrow(SamplingError);
  });
});

/** Upper 0.1% points of chi-square by degrees of freedom. */
const CRITICAL = [0, 10.83, 13.82, 16.27, 18.47, 20.52];

test.each([
  [1, 1],
  [0.7, 1],
  [2, 1],
  [1, 0.8],
  [1.5, 0.5],
])('draws follow the distribution: temperature %d, top p %d', (temperature, topP) => {
  const logits = Float32Array.of(0.5, 2, -1, 1, 0, 1.5);
  const nucleus = nucleusOf(logits, { temperature, topP });
  const stream = chachaStream(new Uint8Array(32).fill(9), 0);
  const counts = new Map(nucleus.ids.map((id) => [id, 0]));
  const total = 50_000;
  for (let i = 0; i < total; i += 1) {
    const id = drawToken(nucleus, stream.uniform());
    counts.set(id, counts.get(id)! + 1);
  }
  const all = softmax(logits, temperature);
  const mass = nucleus.ids.reduce((sum, id) => sum + all[id]!, 0);
  const chiSquare = nucleus.ids.reduce((sum, id) => {
    const expected = (total * all[id]!) / mass;
    return sum + (counts.get(id)! - expected) ** 2 / expected;
  }, 0);
  expect(counts.size).toBe(nucleus.ids.length);
  expect(nucleus.ids.length).toBeGreaterThan(1);
  expect(chiSquare).toBeLessThan(CRITICAL[nucleus.ids.length - 1]!);
});
