import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSafetensors } from '../tensors/safetensors.ts';
import { allocateDct, forwardDct, inverseDct } from './dct.ts';

const oracle = readSafetensors(
  readFileSync(new URL('../../../fixtures/deltas/oracle.safetensors', import.meta.url)),
).tensors;
const furthest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

test('a tile of 64 has the coefficients that an FFT in f64 gives, to half an ulp of f32', () => {
  const tile = Float32Array.from(oracle.get('dct/tile')!.data);
  const wanted = oracle.get('dct/coefficients')!.data;
  forwardDct(allocateDct(), tile, 64, 64);
  // Rounding the same real number from two f64 neighbours may fall to either side.
  expect(furthest(tile, wanted)).toBeLessThan(2 ** -21);
  expect(tile.filter((value, i) => value !== wanted[i]).length).toBeLessThan(5);
});

test('the inverse gives the tile back, of any size', () => {
  const dct = allocateDct();
  const side = fc.integer({ min: 1, max: 64 });
  fc.assert(
    fc.property(
      side,
      side,
      fc.infiniteStream(fc.float({ min: -1, max: 1, noNaN: true })),
      (h, w, draw) => {
        const tile = Float32Array.from({ length: h * w }, () => draw.next().value);
        const there = Float32Array.from(tile);
        forwardDct(dct, there, h, w);
        inverseDct(dct, there, h, w);
        expect(furthest(there, tile)).toBeLessThan(1e-5);
      },
    ),
    { numRuns: 20 },
  );
});

test('a constant is its first coefficient alone', () => {
  const tile = new Float32Array(15).fill(2);
  forwardDct(allocateDct(), tile, 3, 5);
  expect(tile[0]).toBeCloseTo(2 * Math.sqrt(15), 5);
  expect(Math.max(...tile.subarray(1).map(Math.abs))).toBeLessThan(1e-6);
});
