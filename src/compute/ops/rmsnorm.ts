/**
 * Root-mean-square normalisation over the last axis (Zhang and Sennrich 2019).
 *   r = 1 / sqrt(mean(x^2) + eps);  y = x r g                x, y (N, D), g (D), r (N) kept in f64
 *   dx = r (g dy) - x r^3 / D sum_d(g dy x);   dg = sum_n dy x r
 * Sums over d and over n ascend in f64; each result is rounded to f32 once.
 */

export function rmsNormForward(
  y: Float32Array, // (N, D)
  inverseRms: Float64Array, // (N)
  x: Float32Array, // (N, D)
  gain: Float32Array, // (D)
  eps: number,
): void {
  const width = gain.length;
  for (let n = 0; n < inverseRms.length; n += 1) {
    const row = n * width;
    let squares = 0;
    for (let d = 0; d < width; d += 1) squares += x[row + d]! * x[row + d]!;
    const r = 1 / Math.sqrt(squares / width + eps);
    inverseRms[n] = r;
    for (let d = 0; d < width; d += 1) y[row + d] = x[row + d]! * r * gain[d]!;
  }
}

/** dx += the gradient (the residual branch is already there); overwrites `dGain`. */
export function rmsNormBackward(
  dx: Float32Array, // (N, D)
  dGain: Float32Array, // (D)
  gainSums: Float64Array, // (D) scratch
  dy: Float32Array, // (N, D)
  x: Float32Array, // (N, D)
  gain: Float32Array, // (D)
  inverseRms: Float64Array, // (N)
): void {
  const width = gain.length;
  gainSums.fill(0);
  for (let n = 0; n < inverseRms.length; n += 1) {
    const row = n * width;
    const r = inverseRms[n]!;
    let dot = 0;
    for (let d = 0; d < width; d += 1) {
      const dyx = dy[row + d]! * x[row + d]!;
      dot += dyx * gain[d]!;
      gainSums[d]! += dyx * r;
    }
    const pull = (dot * r * r * r) / width;
    for (let d = 0; d < width; d += 1) {
      dx[row + d]! += dy[row + d]! * gain[d]! * r - x[row + d]! * pull;
    }
  }
  for (let d = 0; d < width; d += 1) dGain[d] = gainSums[d]!;
}
