/**
 * What every backend may rely on before it touches storage. A product whose arrays are too short,
 * or whose result overlaps an operand, is a bug of the caller: an assertion, not a refusal.
 */
import type { Gemm } from '../backend.ts';
import { invariant } from '../invariant.ts';

export function assertGemm(op: Gemm, batch: number): void {
  const { m, n, k, a, b, c } = op;
  for (const size of [m, n, k, batch]) {
    invariant(Number.isSafeInteger(size) && size >= 0, `gemm: not a size: ${size}`);
  }
  invariant(a.length >= batch * m * k, `gemm: A holds ${a.length} floats of ${batch}x${m}x${k}`);
  invariant(b.length >= batch * k * n, `gemm: B holds ${b.length} floats of ${batch}x${k}x${n}`);
  invariant(c.length >= batch * m * n, `gemm: C holds ${c.length} floats of ${batch}x${m}x${n}`);
  invariant(!overlap(a, c, batch * m * k, batch * m * n), 'gemm: C overlaps A');
  invariant(!overlap(b, c, batch * k * n, batch * m * n), 'gemm: C overlaps B');
}

/** Whether the first `xs` floats of x and the first `ys` floats of y share a byte. */
function overlap(x: Float32Array, y: Float32Array, xs: number, ys: number): boolean {
  if (x.buffer !== y.buffer) return false;
  return x.byteOffset < y.byteOffset + ys * 4 && y.byteOffset < x.byteOffset + xs * 4;
}
