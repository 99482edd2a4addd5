import * as fc from 'fast-check';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { computed, filled, ordinary, products } from './gemm-samples.ts';
import { expectWithinRounding } from './gemm-tolerance.ts';
import { acquireGpu } from './gpu-device.ts';
import { testsOnDevice } from './gpu-test.ts';
import { openBackend } from './open.ts';

const onDevice = testsOnDevice();

const VALUES = Array.from({ length: 61 }, (_, i) => Math.fround(Math.sin(i * 12.9898) * 43.7));
const plain = { transA: false, transB: false, accumulate: false, batch: 1 };

onDevice('is tolerant, and names its device', async (backend) => {
  expect(backend.computeClass).toBe('tolerant');
  expect(backend.description).toMatch(/^gpu\.js on WebGPU, ./);
});

onDevice('is within the rounding bound of the exact sum', async (backend) => {
  await fc.assert(
    fc.asyncProperty(products({ size: 40, batch: 3 }, ordinary), async (op) => {
      expectWithinRounding(op, new Float32Array((await computed(backend, op)).buffer));
    }),
    { numRuns: 60 },
  );
});

onDevice(
  'sums over more than the thousand steps at which gpu.js stops by itself',
  async (backend) => {
    for (const [transA, transB] of [
      [false, false],
      [true, true],
    ] as const) {
      const op = filled({ ...plain, transA, transB, m: 5, n: 7, k: 2500 }, VALUES);
      expectWithinRounding(op, new Float32Array((await computed(backend, op)).buffer));
    }
  },
);

onDevice('keeps products apart that are not awaited one by one', async (backend) => {
  const shapes = [1, 9, 30, 4].map((side) => ({ ...plain, m: side, n: side + 1, k: side + 2 }));
  const ops = shapes.map((shape) => filled(shape, VALUES));
  const results = await Promise.all(ops.map((op) => computed(backend, op)));
  ops.forEach((op, index) => expectWithinRounding(op, new Float32Array(results[index]!.buffer)));
});

onDevice('an empty sum is zero, or the old C', async (backend) => {
  const empty = { ...plain, m: 2, n: 1, k: 0, a: new Float32Array(0), b: new Float32Array(0) };
  const c = new Float32Array([3, 4]);
  await backend.gemm({ ...empty, c, accumulate: true });
  expect([...c]).toEqual([3, 4]);
  await backend.gemm({ ...empty, c });
  expect([...c]).toEqual([0, 0]);
});

onDevice('says so when a product is more than the device takes, and goes on', async (backend) => {
  // WebGPU's default limit is 65,535 groups along each dimension of a dispatch.
  const batch = 70_000;
  const op = { ...plain, batch, m: 1, n: 1, k: 1 };
  const floats = (): Float32Array => new Float32Array(batch);
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(
      backend.gemmBatched({ ...op, a: floats(), b: floats(), c: floats() }),
    ).rejects.toMatchObject({ name: 'BackendUnavailable', code: 'backend_memory_exhausted' });
  }
  const small = filled({ ...plain, m: 3, n: 3, k: 3 }, VALUES);
  expectWithinRounding(small, new Float32Array((await computed(backend, small)).buffer));
});

onDevice('shares the device between backends; the last to close gives it back', async (backend) => {
  const second = await openBackend('gpu', { threads: 1 });
  await second.close();
  const op = filled({ ...plain, m: 3, n: 4, k: 5 }, VALUES);
  expectWithinRounding(op, new Float32Array((await computed(backend, op)).buffer));
});

it('says how to install the packages where they are not', async () => {
  const elsewhere = new URL('file:///nowhere/package.json');
  await expect(acquireGpu(elsewhere)).rejects.toMatchObject({
    name: 'BackendUnavailable',
    code: 'backend_package_missing',
    message: expect.stringContaining('npm ci --prefix extras/gpu --omit=optional'),
  });
});

onDevice('says so where no driver is, and a process that forgets to close it ends', async () => {
  const open = JSON.stringify(new URL('./open.ts', import.meta.url).href);
  const program = `
    const { openBackend } = await import(${open});
    const opened = await openBackend('gpu', { threads: 1 }).catch((error) => error);
    console.log(opened.code ?? opened.name);
  `;
  const run = promisify(execFile);
  const printed = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const options = { timeout: 240_000, env: { ...process.env, ...env } };
    const { stdout } = await run(
      process.execPath,
      ['--input-type=module', '--eval', program],
      options,
    );
    return stdout.trim();
  };
  expect(await printed({})).toBe('gpu');
  expect(await printed({ VK_DRIVER_FILES: '/nowhere/icd.json' })).toBe('backend_device_missing');
});
