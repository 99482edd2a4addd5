/**
 * The plain fallback: sgemm of @stdlib/blas, in JavaScript, one thread.
 * Its class is `tolerant`. It rounds every product and sum to f32 as the reference does, but sums
 * blocks of 16 along k on their own, the last block first, and adds each to C: other bits than
 * the reference as soon as k > 16 (or any k where it accumulates). blas.test.ts shows both.
 */
import sgemm from '@stdlib/blas-base-sgemm';
import type { Backend, Gemm } from '../backend.ts';
import { plainBackend } from './plain-backend.ts';

export const openBlasBackend = (): Backend =>
  plainBackend(
    { name: 'blas', computeClass: 'tolerant', description: '@stdlib/blas sgemm, 1 thread' },
    multiply,
  );

function multiply(op: Gemm, index: number): void {
  const { transA, transB, m, n, k, a, b, c, accumulate } = op;
  if (m === 0 || n === 0) return;
  // Strides may not be 0, not even of an empty matrix.
  const [rowA, columnA] = transA ? [1, m] : [Math.max(1, k), 1];
  const [rowB, columnB] = transB ? [1, Math.max(1, k)] : [n, 1];
  sgemm.ndarray(
    'no-transpose',
    'no-transpose',
    m,
    n,
    k,
    1,
    a,
    rowA,
    columnA,
    index * m * k,
    b,
    rowB,
    columnB,
    index * k * n,
    accumulate ? 1 : 0,
    c,
    n,
    1,
    index * m * n,
  );
}
