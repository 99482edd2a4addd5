/**
 * Global gradient norm and the scale that clips it (Pascanu et al. 2013; torch clip_grad_norm_).
 *   norm = sqrt(sum of g^2), f64, tensors in map order, elements ascending
 *   scale = min(1, clipNorm / (norm + 1e-6)); clipNorm 0 = no clipping
 * The f64 sum of squares of f32 values cannot overflow: the norm is finite iff every value is.
 */
import type { Tensors } from '../tensors/tensor.ts';

/** @param squares a backend's kernel, to the same bits */
export function globalNorm(tensors: Tensors, squares = sumOfSquares): number {
  let sum = 0;
  for (const { data } of tensors.values()) sum = squares(data, sum);
  return Math.sqrt(sum);
}

/** On top of `start`, elements ascending. */
export function sumOfSquares(data: Float32Array, start = 0): number {
  let sum = start;
  for (let i = 0; i < data.length; i += 1) sum += data[i]! * data[i]!;
  return sum;
}

export function clipScale(norm: number, clipNorm: number): number {
  return clipNorm > 0 && norm + 1e-6 > clipNorm ? clipNorm / (norm + 1e-6) : 1;
}
