/** The kernels that training and recomputing run on, each tried with a product of matrices. */
import { availableParallelism } from 'node:os';
import type { Backend, BackendName } from '../../compute/backend.ts';
import { BackendUnavailable } from '../../compute/backends/backend-unavailable.ts';
import { openBackend } from '../../compute/backends/open.ts';
import type { DoctorFinding } from './finding.ts';
import { fail, messageOf, ok, warn } from './finding.ts';

/** C (256, 256) = A (256, 256) . B (256, 256) */
const SIDE = 256;
const MEASURE_MS = 250;
/** What the exact backend promises for one thread of a recent machine. */
const GFLOPS_MIN = 4;

export async function exactKernels(): Promise<DoctorFinding> {
  const threads = Math.min(availableParallelism(), 64);
  try {
    const { description, gflops, wrong } = await measured('exact', threads);
    const detail = `${description}: ${gflops.toFixed(1)} GFLOP/s`;
    if (wrong)
      return fail(
        'exact kernels',
        `${detail}, but a wrong product`,
        'do not train on this machine',
      );
    return gflops >= GFLOPS_MIN
      ? ok('exact kernels', detail)
      : warn(
          'exact kernels',
          detail,
          `below ${GFLOPS_MIN} GFLOP/s: windows may miss their deadline`,
        );
  } catch (error) {
    return fail('exact kernels', messageOf(error), 'this machine can neither train nor validate');
  }
}

/** Optional: everything works without one. */
export async function gpu(): Promise<DoctorFinding> {
  try {
    const { description, gflops, wrong } = await measured('gpu', 1);
    const detail = `${description}: ${gflops.toFixed(1)} GFLOP/s`;
    return wrong
      ? warn('gpu', `${detail}, but a wrong product`, 'update its driver, or use --backend exact')
      : ok('gpu', detail);
  } catch (error) {
    if (!(error instanceof BackendUnavailable))
      return warn('gpu', messageOf(error), 'use --backend exact');
    return ok('gpu', `none, which is fine. ${error.message}`);
  }
}

interface Measured {
  readonly description: string;
  readonly gflops: number;
  readonly wrong: boolean;
}

async function measured(name: BackendName, threads: number): Promise<Measured> {
  const backend = await openBackend(name, { threads });
  try {
    const size = SIDE * SIDE;
    const [a, b, c] = [backend.alloc(size), backend.alloc(size), backend.alloc(size)];
    a.fill(0.5);
    b.fill(0.25);
    await multiply(backend, a, b, c);
    const startedMs = performance.now();
    let products = 0;
    while (performance.now() - startedMs < MEASURE_MS) {
      await multiply(backend, a, b, c);
      products += 1;
    }
    const seconds = (performance.now() - startedMs) / 1000;
    return {
      description: backend.description,
      gflops: (products * 2 * SIDE ** 3) / seconds / 1e9,
      // Powers of two: exact in every order of summation.
      wrong: c.some((item) => item !== SIDE / 8),
    };
  } finally {
    await backend.close();
  }
}

const multiply = async (
  backend: Backend,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
): Promise<void> => {
  const shape = { transA: false, transB: false, m: SIDE, n: SIDE, k: SIDE, accumulate: false };
  await backend.gemm({ ...shape, a, b, c });
};
