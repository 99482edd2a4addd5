/**
 * The plain backend: it defines the bits. Every element of a product is
 *   c <- fround(c + fround(a[i,p] * b[p,j]))   for p = 0 .. k-1,
 * from +0, or from the old c where `accumulate`. A sum that ends as NaN is stored as the one NaN
 * 0x7fc00000: sign and payload of a NaN differ between processors, so they may not reach a digest.
 * Slow on purpose. Every other exact backend is tested against it to the bit.
 */
import type { Backend, Gemm } from '../backend.ts';
import { plainBackend } from './plain-backend.ts';

export const openReferenceBackend = (): Backend =>
  plainBackend(
    { name: 'reference', computeClass: 'exact', description: 'plain loops, 1 thread' },
    multiply,
  );

function multiply(op: Gemm, index: number): void {
  const { transA, transB, m, n, k, a, b, c, accumulate } = op;
  const a0 = index * m * k;
  const b0 = index * k * n;
  const c0 = index * m * n;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const at = c0 + i * n + j;
      let sum = accumulate ? c[at]! : 0;
      for (let p = 0; p < k; p++) {
        const x = a[a0 + (transA ? p * m + i : i * k + p)]!;
        const y = b[b0 + (transB ? j * k + p : p * n + j)]!;
        sum = Math.fround(sum + Math.fround(x * y));
      }
      c[at] = sum;
      if (Number.isNaN(sum)) canonicalNaN(c, at);
    }
  }
}

/** A typed array store may keep any NaN's bits; writing them as an integer may not. */
function canonicalNaN(c: Float32Array, at: number): void {
  new Uint32Array(c.buffer, c.byteOffset, c.length)[at] = 0x7fc00000;
}
