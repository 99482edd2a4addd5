import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { openBlasBackend } from './blas.ts';
import { computed, difference, expected, filled, ordinary, products } from './gemm-samples.ts';
import { expectWithinRounding } from './gemm-tolerance.ts';

const backend = openBlasBackend();

it('is within the rounding bound of the exact sum', async () => {
  await fc.assert(
    fc.asyncProperty(products({ size: 40, batch: 2 }, ordinary), async (op) => {
      expectWithinRounding(op, new Float32Array((await computed(backend, op)).buffer));
    }),
    { numRuns: 60 },
  );
});

const VALUES = Array.from({ length: 61 }, (_, i) => Math.fround(Math.sin(i * 12.9898) * 43.7));
/** What @stdlib/blas sums at a time. */
const BLOCK = 16;
const shape = { transA: false, transB: false, accumulate: false, batch: 1, m: 9, n: 9 };

it('has the bits of the reference for one block of k, and others beyond: why it is tolerant', async () => {
  const short = filled({ ...shape, k: BLOCK }, VALUES);
  expect(difference(await computed(backend, short), await expected(short))).toBeUndefined();
  const long = filled({ ...shape, k: BLOCK + 1 }, VALUES);
  expect(difference(await computed(backend, long), await expected(long))).toBeDefined();
  const onto = filled({ ...shape, k: 5, accumulate: true }, VALUES);
  expect(difference(await computed(backend, onto), await expected(onto))).toBeDefined();
});

it('an empty sum is zero, or the old C', () => {
  const empty = { ...shape, m: 2, n: 1, k: 0, a: new Float32Array(0), b: new Float32Array(0) };
  const c = new Float32Array([3, 4]);
  void backend.gemm({ ...empty, c, accumulate: true });
  expect([...c]).toEqual([3, 4]);
  void backend.gemm({ ...empty, c });
  expect([...c]).toEqual([0, 0]);
});
