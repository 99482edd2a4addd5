/**
 * Test support: an op's backward against central differences of its forward.
 *   numeric[i] = (L(x + h e_i) - L(x - h e_i)) / 2h, with L a fixed random weighting of the outputs
 * Inputs are f32, so h is large (2^-7, exact) and the tolerance follows f32 rounding over h.
 */
import { chachaStream } from '../random/chacha20.ts';

const H = 1 / 128;
const TOLERANCE = 2e-4;

/** Reproducible values in (-1, 1). */
export function sample(length: number, stream: number): Float32Array {
  const draws = chachaStream(new Uint8Array(32).fill(3), stream);
  return Float32Array.from({ length }, () => 2 * draws.uniform() - 1);
}

/** sum_i weight[i] y[i] in f64. */
export function weighted(y: Float32Array, weights: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < y.length; i += 1) sum += y[i]! * weights[i]!;
  return sum;
}

/** Indices where `analytic` is not the derivative of `loss` with respect to `x`, with both values. */
export async function wrongGradients(
  loss: () => number | Promise<number>,
  x: Float32Array,
  analytic: Float32Array,
): Promise<string[]> {
  const wrong: string[] = [];
  for (let i = 0; i < x.length; i += 1) {
    const value = x[i]!;
    x[i] = value + H;
    const [above, xAbove] = [await loss(), x[i]!];
    x[i] = value - H;
    const [below, xBelow] = [await loss(), x[i]!];
    x[i] = value;
    const numeric = (above - below) / (xAbove - xBelow);
    if (!(Math.abs(numeric - analytic[i]!) <= TOLERANCE * (1 + Math.abs(numeric)))) {
      wrong.push(`${i}: ${analytic[i]} but ${numeric}`);
    }
  }
  return wrong;
}
