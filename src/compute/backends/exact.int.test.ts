import * as fc from 'fast-check';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backend } from '../backend.ts';
import { openExactBackend } from './exact.ts';
import {
  anyFloat,
  bitsOf,
  computed,
  difference,
  expected,
  filled,
  products,
} from './gemm-samples.ts';

let backends: readonly Backend[];
beforeAll(async () => {
  backends = await Promise.all([1, 2, 4].map((threads) => openExactBackend({ threads })));
});
afterAll(() => Promise.all(backends.map((backend) => backend.close())));

const VALUES = Array.from({ length: 61 }, (_, i) => Math.fround(Math.sin(i * 12.9898) * 43.7));

it('has the bits of the reference at 1, 2 and 4 threads for random products', async () => {
  await fc.assert(
    fc.asyncProperty(products({ size: 70, batch: 5 }, anyFloat), async (op) => {
      const bits = await expected(op);
      for (const backend of backends) {
        expect(difference(await computed(backend, op), bits)).toBeUndefined();
      }
    }),
    { numRuns: 60 },
  );
});

// Above the size from which work is shared: by rows, by columns (few rows), by batch items,
// and by tiles of each item (fewer items than threads).
const shared = [
  [1, 203, 181, 129],
  [1, 3, 1601, 530],
  [9, 65, 66, 70],
  [3, 131, 77, 257],
] as const;
for (const [batch, m, n, k] of shared) {
  it(`has the same bits for ${batch} products ${m}x${k} by ${k}x${n}, shared out`, async () => {
    for (const flags of [0, 1, 2, 3, 7]) {
      const shape = {
        m,
        n,
        k,
        batch,
        transA: (flags & 1) !== 0,
        transB: (flags & 2) !== 0,
        accumulate: (flags & 4) !== 0,
      };
      const op = filled(shape, VALUES);
      const bits = await expected(op);
      for (const backend of backends) {
        // Again and again: sharing is a race, its result may not be.
        for (const storage of ['own', 'foreign', 'own', 'own'] as const) {
          expect(difference(await computed(backend, op, storage), bits)).toBeUndefined();
        }
      }
    }
  });
}

it('keeps runs apart that follow each other at once', async () => {
  // Each product is two runs, packing and multiplying: a helper that carries anything over from
  // one to the next shows within some dozens of these.
  const shape = { transA: true, transB: false, accumulate: false, batch: 1 };
  const ops = [
    filled({ ...shape, m: 48, n: 700, k: 128 }, VALUES),
    filled({ ...shape, m: 131, n: 129, k: 513 }, VALUES),
  ];
  const bits = await Promise.all(ops.map(expected));
  for (const backend of backends) {
    const own = ops.map((op) => ({ ...op, c: backend.alloc(op.c.length) }));
    for (let round = 0; round < 150; round++) {
      const index = round % ops.length;
      own[index]!.c.fill(round);
      await backend.gemm(own[index]!);
      expect(difference(bitsOf(own[index]!.c), bits[index]!)).toBeUndefined();
    }
    backend.reset();
  }
});

it('helpers see memory that grew after they were started', async () => {
  const shape = { transA: true, transB: true, accumulate: true, batch: 1 };
  const op = filled({ ...shape, m: 160, n: 160, k: 160 }, VALUES);
  const bits = await expected(op);
  for (const backend of backends) {
    const ballast = backend.alloc(20_000_000);
    const own = (floats: Float32Array): Float32Array => {
      const place = backend.alloc(floats.length);
      place.set(floats);
      return place;
    };
    const c = own(op.c);
    await backend.gemm({ ...op, a: own(op.a), b: own(op.b), c });
    expect(difference(bitsOf(c), bits)).toBeUndefined();
    expect(ballast.at(-1)).toBe(0);
    backend.reset();
  }
});

it('refuses work after close, and closes twice', async () => {
  const backend = await openExactBackend({ threads: 2 });
  await backend.close();
  await backend.close();
  const shape = { transA: false, transB: false, accumulate: false, batch: 1 };
  const op = filled({ ...shape, m: 200, n: 200, k: 200 }, VALUES);
  expect(() => backend.gemm(op)).toThrow(/after close/);
});

it('does not keep a process alive that forgets to close it', async () => {
  const program = `
    const { openBackend } = await import(${JSON.stringify(new URL('./open.ts', import.meta.url).href)});
    const backend = await openBackend('exact', { threads: 3 });
    const side = 256;
    const floats = () => new Float32Array(side * side).fill(1);
    const c = floats();
    backend.gemm({ transA: false, transB: false, m: side, n: side, k: side, a: floats(), b: floats(), c, accumulate: true });
    console.log(c.at(-1));
  `;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    timeout: 240_000,
  });
  expect(stdout).toBe('257\n');
});
