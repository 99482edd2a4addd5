/**
 * Root-mean-square normalisation over the last axis (Zhang and Sennrich 2019).
 *   r = 1 / sqrt(mean(x^2) + eps);  y = x r g                x, y (N, D), g (D), r (N) kept in f64
 *   dx = r (g dy) - x r^3 / D sum_d(g dy x);   dg = sum_n dy x r
 * Sums over d and over n ascend in f64; each result is rounded to f32 once.
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import type { Gradient } from '../autodiff/gradient.ts';
import { invariant } from '../invariant.ts';
import { elementCount } from '../tensors/tensor.ts';

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

/** Each gradient is written, or added to what is there; null: nobody wants it. */
export function rmsNormBackward(
  dx: Gradient | null, // (N, D)
  dGain: Gradient | null, // (D)
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
    if (dx?.accumulate === true)
      for (let d = row; d < row + width; d += 1)
        dx.data[d]! += dy[d]! * gain[d - row]! * r - x[d]! * pull;
    else if (dx)
      for (let d = row; d < row + width; d += 1)
        dx.data[d] = dy[d]! * gain[d - row]! * r - x[d]! * pull;
  }
  if (dGain?.accumulate === true) for (let d = 0; d < width; d += 1) dGain.data[d]! += gainSums[d]!;
  else if (dGain) for (let d = 0; d < width; d += 1) dGain.data[d] = gainSums[d]!;
}

/** x (..., D), gain (D) -> the shape of x */
export function rmsNorm(graph: Graph, x: Value, gain: Value, eps: number): Value {
  const [width] = gain.shape as [number];
  invariant(gain.shape.length === 1 && x.shape.at(-1) === width, 'a gain for each channel of x');
  const rows = elementCount(x.shape) / width;
  return graph.apply({
    name: 'rmsnorm',
    inputs: [x, gain],
    shape: x.shape,
    formula: { of: 'rmsnorm', rows, width, eps },
    rereads: [0, 1],
    kept: [{ type: 'f64', length: rows }],
    scratch: [{ type: 'f64', length: width }],
    reuses: [
      { place: { of: 'gradient', index: 0 }, over: { of: 'resultGradient' } },
      { place: { of: 'gradient', index: 0 }, over: { of: 'input', index: 0 } },
    ],
    bind: ({
      backend: { kernels },
      inputs: [xs, gains],
      result,
      gradients,
      resultGradient,
      kept,
      scratch,
    }) => ({
      forward: () => kernels.rmsNormForward(result, kept[0] as Float64Array, xs!, gains!, eps),
      backward: () =>
        kernels.rmsNormBackward(
          gradients[0] ?? null,
          gradients[1] ?? null,
          scratch[0] as Float64Array,
          resultGradient,
          xs!,
          gains!,
          kept[0] as Float64Array,
        ),
    }),
  });
}
