/** ops/causal-softmax.ts on a device, in place over (M, T, T): a workgroup a row, sums in f32. */
import { literal, reads, rowwise, writes } from '../kernel.ts';
import type { Kernel, Slice } from '../kernel.ts';

export interface SoftmaxShape {
  readonly matrices: number;
  readonly length: number;
  readonly scale: number;
}

export function causalSoftmaxForward(
  { matrices, length, scale }: SoftmaxShape,
  scores: Slice,
): Kernel {
  return rowwise(
    { scores: writes(scores) },
    matrices * length,
    length,
    `let start = row * ${length}u;
  let seen = row % ${length}u + 1u;
  var high = scores[start];
  for (var s = lane; s < seen; s += LANES) { high = max(high, scores[start + s]); }
  high = greatest(high, lane);
  var sum = 0.0;
  for (var s = lane; s < seen; s += LANES) {
    let e = exp((scores[start + s] - high) * ${literal(scale)});
    scores[start + s] = e;
    sum += e;
  }
  let inverse = 1.0 / total(sum, lane);
  for (var s = lane; s < ${length}u; s += LANES) {
    scores[start + s] = select(0.0, scores[start + s] * inverse, s < seen);
  }`,
  );
}

/** Overwrites dP with dS. */
export function causalSoftmaxBackward(
  { matrices, length, scale }: SoftmaxShape,
  dProbabilities: Slice,
  probabilities: Slice,
): Kernel {
  return rowwise(
    { p: reads(probabilities), dp: writes(dProbabilities) },
    matrices * length,
    length,
    `let start = row * ${length}u;
  let seen = row % ${length}u + 1u;
  var sum = 0.0;
  for (var s = lane; s < seen; s += LANES) { sum += dp[start + s] * p[start + s]; }
  let dot = total(sum, lane);
  for (var s = lane; s < ${length}u; s += LANES) {
    let at = start + s;
    dp[at] = select(0.0, ${literal(scale)} * p[at] * (dp[at] - dot), s < seen);
  }`,
  );
}
