import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backend.ts';
import { openExactBackend } from './exact.ts';
import { K_BLOCK_MAX } from './exact-geometry.ts';
import {
  anyFloat,
  bitsOf,
  computed,
  difference,
  expected,
  filled,
  products,
} from './gemm-samples.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await openExactBackend({ threads: 1 });
});
afterAll(() => backend.close());

/** Incommensurable with every tile and block length, and sensitive to the order of a sum. */
const VALUES = Array.from({ length: 61 }, (_, i) => Math.fround(Math.sin(i * 12.9898) * 43.7));

describe('bits equal to the reference', () => {
  it('for random shapes, transposes, special values and batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        products({ size: 70, batch: 3 }, anyFloat),
        fc.constantFrom('own' as const, 'foreign' as const),
        async (op, storage) => {
          expect(
            difference(await computed(backend, op, storage), await expected(op)),
          ).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  // Each size around a tile, a panel, a strip of A^T and a block over k.
  const edges = [
    [1, 1, 1],
    [4, 8, 4],
    [5, 9, 3],
    [3, 7, K_BLOCK_MAX],
    [66, 17, K_BLOCK_MAX + 1],
    [129, 8, 2 * K_BLOCK_MAX + 5],
  ] as const;
  for (const [m, n, k] of edges) {
    it(`for ${m}x${k} by ${k}x${n} in every transpose, overwriting and accumulating`, async () => {
      for (const flags of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const shape = {
          m,
          n,
          k,
          batch: 1,
          transA: (flags & 1) !== 0,
          transB: (flags & 2) !== 0,
          accumulate: (flags & 4) !== 0,
        };
        const op = filled(shape, VALUES);
        expect(difference(await computed(backend, op), await expected(op))).toBeUndefined();
      }
    });
  }
});

const plain = { transA: false, transB: false, accumulate: false, batch: 1 };

it('writes nothing outside C', async () => {
  for (const [m, n] of [
    [1, 1],
    [5, 9],
    [67, 13],
  ] as const) {
    const whole = backend.alloc(m * n + 64).fill(7);
    const op = filled({ ...plain, m, n, k: 3 }, VALUES);
    await backend.gemm({ ...op, c: whole.subarray(32, 32 + m * n) });
    expect([...whole.subarray(0, 32), ...whole.subarray(32 + m * n)]).toEqual(
      Array.from({ length: 64 }, () => 7),
    );
  }
  backend.reset();
});

it('leaves A and B as they were, and reads parts of arrays from any float on', async () => {
  const op = filled({ ...plain, m: 9, n: 11, k: 5 }, VALUES);
  const own = backend.alloc(1 + op.a.length + op.b.length);
  own.set(op.a, 1);
  own.set(op.b, 1 + op.a.length);
  const before = own.slice();
  const c = backend.alloc(op.c.length);
  await backend.gemm({ ...op, a: own.subarray(1), b: own.subarray(1 + op.a.length), c });
  expect(own.slice()).toEqual(before);
  expect(difference(bitsOf(c), await expected(op))).toBeUndefined();
  backend.reset();
});

it('an empty sum is zero, or the old C', async () => {
  const empty = { ...plain, m: 2, n: 1, k: 0, a: new Float32Array(0), b: new Float32Array(0) };
  const c = new Float32Array([3, 4]);
  await backend.gemm({ ...empty, c, accumulate: true });
  expect([...c]).toEqual([3, 4]);
  await backend.gemm({ ...empty, c });
  expect([...c]).toEqual([0, 0]);
});

it('refuses a thread count it cannot have', async () => {
  for (const threads of [0, -1, 1.5, 65, Number.NaN]) {
    await expect(openExactBackend({ threads })).rejects.toMatchObject({
      name: 'BackendUnavailable',
      code: 'backend_threads_invalid',
    });
  }
});
