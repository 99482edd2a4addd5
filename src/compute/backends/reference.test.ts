import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { bitsOf, expected, ordinary, products } from './gemm-samples.ts';
import { expectWithinRounding } from './gemm-tolerance.ts';
import { openReferenceBackend } from './reference.ts';

const backend = openReferenceBackend();
const shape = { transA: false, transB: false, accumulate: false, batch: 1 };

it('multiplies a product worked by hand, in all four transposes', () => {
  // [1 2 3; 4 5 6] . [7 8; 9 10; 11 12]
  const a = { false: [1, 2, 3, 4, 5, 6], true: [1, 4, 2, 5, 3, 6] };
  const b = { false: [7, 8, 9, 10, 11, 12], true: [7, 9, 11, 8, 10, 12] };
  for (const transA of [false, true]) {
    for (const transB of [false, true]) {
      const c = new Float32Array(4);
      backend.gemm({
        transA,
        transB,
        m: 2,
        n: 2,
        k: 3,
        accumulate: false,
        c,
        a: new Float32Array(a[`${transA}`]),
        b: new Float32Array(b[`${transB}`]),
      });
      expect([...c]).toEqual([58, 64, 139, 154]);
    }
  }
});

it('sums over k ascending and rounds every product and every sum to f32', () => {
  // 2^24 + 1 rounds back to 2^24, so ones added after it vanish and ones added before it do not.
  const ones = new Float32Array([1, 1, 1]);
  const c = new Float32Array(1);
  backend.gemm({ ...shape, m: 1, n: 1, k: 3, a: new Float32Array([2 ** 24, 1, 1]), b: ones, c });
  expect(c[0]).toBe(2 ** 24);
  backend.gemm({ ...shape, m: 1, n: 1, k: 3, a: new Float32Array([1, 1, 2 ** 24]), b: ones, c });
  expect(c[0]).toBe(2 ** 24 + 2);
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24; a fused multiply-add would keep the last bit.
  const x = new Float32Array([-(1 + 2 ** -11), 1 + 2 ** -12]);
  backend.gemm({ ...shape, m: 1, n: 1, k: 2, a: x, b: new Float32Array([1, 1 + 2 ** -12]), c });
  expect(c[0]).toBe(0);
});

it('starts from +0, or from the old C where it accumulates', () => {
  const minusZero = new Float32Array([-0]);
  const one = new Float32Array([1]);
  const c = new Float32Array([5]);
  backend.gemm({ ...shape, m: 1, n: 1, k: 1, a: minusZero, b: one, c });
  expect(Object.is(c[0], 0)).toBe(true);
  c[0] = -0;
  backend.gemm({ ...shape, m: 1, n: 1, k: 1, a: minusZero, b: one, c, accumulate: true });
  expect(Object.is(c[0], -0)).toBe(true);
});

it('stores one NaN, whatever made it', () => {
  const c = new Float32Array(1);
  new Uint32Array(c.buffer)[0] = 0xffc12345;
  const one = new Float32Array([1]);
  backend.gemm({ ...shape, m: 1, n: 1, k: 1, a: one, b: one, c, accumulate: true });
  expect([...bitsOf(c)]).toEqual([0x7fc00000]);
  backend.gemm({
    ...shape,
    m: 1,
    n: 1,
    k: 1,
    a: new Float32Array([Infinity]),
    b: new Float32Array(1),
    c,
  });
  expect([...bitsOf(c)]).toEqual([0x7fc00000]);
});

it('stays within the rounding bound of the same sum in f64', async () => {
  await fc.assert(
    fc.asyncProperty(products({ size: 24, batch: 2 }, ordinary), async (op) => {
      expectWithinRounding(op, new Float32Array((await expected(op)).buffer));
    }),
    { numRuns: 60 },
  );
});

it('treats a wrong shape or an overlapping result as a bug', () => {
  const floats = new Float32Array(16);
  const op = { ...shape, m: 2, n: 2, k: 2, a: floats, b: new Float32Array(4) };
  expect(() => backend.gemm({ ...op, c: new Float32Array(3) })).toThrow(/C holds 3 floats/);
  expect(() => backend.gemm({ ...op, k: 1.5, c: new Float32Array(4) })).toThrow(/not a size/);
  expect(() => backend.gemm({ ...op, c: floats.subarray(3) })).toThrow(/C overlaps A/);
});
