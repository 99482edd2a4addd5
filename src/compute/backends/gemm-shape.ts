/**
 * What every backend may rely on before it touches storage. A product whose arrays are too short,
 * or whose result overlaps an operand, is a bug of the caller: an assertion, not a refusal.
 */
import type { Gemm } from '../backend.ts';
import { invariant } from '../invariant.ts';

export function assertGemm(op: Gemm, batch: number): void {
  const { m, n, k, a, b, c } = op;
  assertSize(m);
  assertSize(n);
  assertSize(k);
  assertSize(batch);
  assertHolds('A', a, batch, m, k);
  assertHolds('B', b, batch, k, n);
  assertHolds('C', c, batch, m, n);
  invariant(!overlap(a, c, batch * m * k, batch * m * n), 'gemm: C overlaps A');
  invariant(!overlap(b, c, batch * k * n, batch * m * n), 'gemm: C overlaps B');
}

// Messages are written only when they are needed: a training step asks hundreds of times.

function assertSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) invariant(false, `gemm: not a size: ${size}`);
}

function assertHolds(
  name: string,
  floats: Float32Array,
  batch: number,
  rows: number,
  columns: number,
): void {
  if (floats.length >= batch * rows * columns) return;
  invariant(false, `gemm: ${name} holds ${floats.length} floats of ${batch}x${rows}x${columns}`);
}

/** Whether the first `xs` floats of x and the first `ys` floats of y share a byte. */
function overlap(x: Float32Array, y: Float32Array, xs: number, ys: number): boolean {
  if (x.buffer !== y.buffer) return false;
  return x.byteOffset < y.byteOffset + ys * 4 && y.byteOffset < x.byteOffset + xs * 4;
}
