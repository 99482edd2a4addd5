/**
 * Causal softmax over attention scores, in place, with the 1/sqrt(d) scale inside.
 *   P[t, s] = exp(c (S[t, s] - max)) / sum over s' <= t;  0 for s > t        S, P (M, T, T)
 *   dS[t, s] = c P[t, s] (dP[t, s] - sum over s' <= t of dP P)
 * Sums ascend over s in f64. The exponentials are rounded to f32 before they are summed, so the
 * stored row is the summed row.
 */
import { exp } from '../math/exp.ts';

/** Overwrites `scores` with P. `matrices` is M = batch x heads. */
export function causalSoftmaxForward(
  scores: Float32Array,
  matrices: number,
  length: number,
  scale: number,
): void {
  for (let row = 0; row < matrices * length; row += 1) {
    const start = row * length;
    const end = start + (row % length) + 1;
    let max = scores[start]!;
    for (let i = start + 1; i < end; i += 1) if (scores[i]! > max) max = scores[i]!;
    let sum = 0;
    for (let i = start; i < end; i += 1) {
      scores[i] = exp((scores[i]! - max) * scale);
      sum += scores[i]!;
    }
    const inverse = 1 / sum;
    for (let i = start; i < end; i += 1) scores[i]! *= inverse;
    scores.fill(0, end, start + length);
  }
}

/** Overwrites `dProbabilities` with dS. */
export function causalSoftmaxBackward(
  dProbabilities: Float32Array,
  probabilities: Float32Array,
  matrices: number,
  length: number,
  scale: number,
): void {
  for (let row = 0; row < matrices * length; row += 1) {
    const start = row * length;
    const end = start + (row % length) + 1;
    let dot = 0;
    for (let i = start; i < end; i += 1) dot += dProbabilities[i]! * probabilities[i]!;
    for (let i = start; i < end; i += 1) {
      dProbabilities[i] = scale * probabilities[i]! * (dProbabilities[i]! - dot);
    }
    dProbabilities.fill(0, end, start + length);
  }
}
