/**
 * The judge of products whose summation order is not ours: the same sums in f64, and the bound of
 * Higham, "Accuracy and Stability of Numerical Algorithms" (3.5): |error| <= gamma(k+1) |A||B| for
 * any order, gamma(n) = n u / (1 - n u), u = 2^-24. A product that underflows may add 2^-126, for
 * WebGPU lets a device take subnormal numbers for zero.
 */
import { expect } from 'vitest';
import type { BatchedGemm } from '../backend.ts';

const UNIT = 2 ** -24;

/** `result` is C after the product `op`, whose own arrays still hold the operands. */
export function expectWithinRounding(op: BatchedGemm, result: Float32Array): void {
  const { m, n, k, batch } = op;
  const gamma = ((k + 1) * UNIT) / (1 - (k + 1) * UNIT);
  for (let at = 0; at < batch * m * n; at++) {
    const { sum, magnitude } = sumInF64(op, at);
    const bound = gamma * magnitude + (k + 1) * 2 ** -126;
    const error = Math.abs(result[at]! - sum);
    // Only of what fails: asking costs more than the product does.
    if (!(error <= bound)) expect.fail(`element ${at} is off by ${error}, above ${bound}`);
  }
}

function sumInF64(op: BatchedGemm, at: number): { sum: number; magnitude: number } {
  const { m, n, k, transA, transB } = op;
  const item = Math.floor(at / (m * n));
  const i = Math.floor((at % (m * n)) / n);
  const j = at % n;
  let sum = op.accumulate ? op.c[at]! : 0;
  let magnitude = Math.abs(sum);
  for (let p = 0; p < k; p++) {
    const x = op.a[item * m * k + (transA ? p * m + i : i * k + p)]!;
    const y = op.b[item * k * n + (transB ? j * k + p : p * n + j)]!;
    sum += x * y;
    magnitude += Math.abs(x * y);
  }
  return { sum, magnitude };
}
