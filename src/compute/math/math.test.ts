import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exp } from './exp.ts';
import { integerPower } from './integer-power.ts';
import { log } from './log.ts';
import { normalQuantile } from './normal-quantile.ts';
import { cos, sin } from './sincos.ts';

const view = new DataView(new ArrayBuffer(8));

/** Distance in representable doubles. */
function ulps(a: number, b: number): bigint {
  const ordinal = (x: number): bigint => {
    view.setFloat64(0, x === 0 ? 0 : x);
    const bits = view.getBigInt64(0);
    return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits;
  };
  const d = ordinal(a) - ordinal(b);
  return d < 0n ? -d : d;
}

const closeTo = (a: number, b: number): boolean => ulps(a, b) <= 2n;
const within = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const RUNS = { numRuns: 20_000 };

describe('exact transcendental functions agree with Math.* within 2 ulp', () => {
  test('exp over its whole finite range', () => {
    fc.assert(
      fc.property(within(-745.13, 709.78), (x) => closeTo(exp(x), Math.exp(x))),
      RUNS,
    );
    fc.assert(
      fc.property(within(-30, 5), (x) => closeTo(exp(x), Math.exp(x))),
      RUNS,
    );
  });

  test('log over all positive doubles and near 1', () => {
    fc.assert(
      fc.property(within(5e-324, 1.7e308), (x) => closeTo(log(x), Math.log(x))),
      RUNS,
    );
    fc.assert(
      fc.property(within(0.5, 2), (x) => closeTo(log(x), Math.log(x))),
      RUNS,
    );
  });

  test('sin and cos on the supported angles', () => {
    const angle = within(-1048576, 1048576);
    fc.assert(
      fc.property(angle, (x) => closeTo(sin(x), Math.sin(x))),
      RUNS,
    );
    fc.assert(
      fc.property(angle, (x) => closeTo(cos(x), Math.cos(x))),
      RUNS,
    );
    for (let n = 0; n < 4096; n += 1) expect(closeTo(sin(n), Math.sin(n)), `sin ${n}`).toBe(true);
  });
});

test('special values', () => {
  expect([exp(0), exp(-Infinity), exp(Infinity), exp(NaN), exp(-1000)]).toEqual([
    1,
    0,
    Infinity,
    NaN,
    0,
  ]);
  expect([log(1), log(0), log(-1), log(Infinity), log(NaN)]).toEqual([
    0,
    -Infinity,
    NaN,
    Infinity,
    NaN,
  ]);
  expect(() => sin(2 ** 21)).toThrow('angle');
});

test('recorded bits: a changed constant or order shows here', () => {
  const hex = (x: number): string => {
    view.setFloat64(0, x);
    return view.getBigUint64(0).toString(16);
  };
  expect([exp(-1.25), exp(3.7), log(3), log(0.7), sin(1e5), cos(77.7)].map(hex))
    .toMatchInlineSnapshot(`
    [
      "3fd25618372a584f",
      "4044394144eeec81",
      "3ff193ea7aad030a",
      "bfd6d3c324e13f50",
      "3fa24daa9c527e96",
      "bfe55cf9c92e02cb",
    ]
  `);
});

test('normal quantile against published values', () => {
  expect(normalQuantile(0.5)).toBe(0);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
  expect(normalQuantile(0.0013498980316300946)).toBeCloseTo(-3, 13);
  fc.assert(
    fc.property(
      within(1e-6, 0.5),
      (p) => Math.abs(normalQuantile(p) + normalQuantile(1 - p)) < 1e-9,
    ),
  );
});

test('integer power is the product', () => {
  fc.assert(
    fc.property(within(0.5, 1), fc.integer({ min: 0, max: 400 }), (b, n) => {
      const expected = b ** n;
      return Math.abs(integerPower(b, n) - expected) <= 1e-13 * expected;
    }),
  );
});
