/** ops/rmsnorm.ts on a device: x, y (N, D), gain (D), r (N) kept in f32. */
import { assignment, kernelOf, literal, reads, rowwise, writes } from '../kernel.ts';
import type { Kernel, Slice, Target } from '../kernel.ts';

export interface RmsNormShape {
  readonly rows: number;
  readonly width: number;
  readonly eps: number;
}

export function rmsNormForward(
  { rows, width, eps }: RmsNormShape,
  x: Slice,
  gain: Slice,
  y: Slice,
  inverseRms: Slice,
): Kernel {
  return rowwise(
    { x: reads(x), gain: reads(gain), y: writes(y), inverse: writes(inverseRms) },
    rows,
    width,
    `let start = row * ${width}u;
  var squares = 0.0;
  for (var d = lane; d < ${width}u; d += LANES) { squares += x[start + d] * x[start + d]; }
  let r = 1.0 / sqrt(total(squares, lane) / ${literal(width)} + ${literal(eps)});
  if (lane == 0u) { inverse[row] = r; }
  for (var d = lane; d < ${width}u; d += LANES) { y[start + d] = x[start + d] * r * gain[d]; }`,
  );
}

/** dx = r g dy - x r^3 / D sum_d(g dy x) */
export function rmsNormInputGradient(
  { rows, width }: RmsNormShape,
  { x, gain, inverseRms, dy }: Record<'x' | 'gain' | 'inverseRms' | 'dy', Slice>,
  dx: Target,
): Kernel {
  return rowwise(
    {
      x: reads(x),
      gain: reads(gain),
      inverse: reads(inverseRms),
      dy: reads(dy),
      dx: writes(dx.data),
    },
    rows,
    width,
    `let start = row * ${width}u;
  let r = inverse[row];
  var dot = 0.0;
  for (var d = lane; d < ${width}u; d += LANES) { dot += dy[start + d] * x[start + d] * gain[d]; }
  let pull = total(dot, lane) * r * r * r / ${literal(width)};
  for (var d = lane; d < ${width}u; d += LANES) {
    dx[start + d] ${assignment(dx.accumulate)} dy[start + d] * gain[d] * r - x[start + d] * pull;
  }`,
  );
}

/** Columns a workgroup, and invocations that share the rows of one. */
const COLUMNS = 16;
const SHARERS = 16;

/** dg = sum_n dy x r: 16 invocations a column take every 16th row each. */
export function rmsNormGainGradient(
  { rows, width }: RmsNormShape,
  { x, inverseRms, dy }: Record<'x' | 'inverseRms' | 'dy', Slice>,
  dGain: Target,
): Kernel {
  return kernelOf(
    { x: reads(x), inverse: reads(inverseRms), dy: reads(dy), dGain: writes(dGain.data) },
    `var<workgroup> shares: array<array<f32, ${COLUMNS}>, ${SHARERS}>;
@compute @workgroup_size(${COLUMNS}, ${SHARERS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let d = group.x * ${COLUMNS}u + local.x;
  var sum = 0.0;
  if (d < ${width}u) {
    for (var n = local.y; n < ${rows}u; n += ${SHARERS}u) {
      sum += dy[n * ${width}u + d] * x[n * ${width}u + d] * inverse[n];
    }
  }
  shares[local.y][local.x] = sum;
  workgroupBarrier();
  for (var half = ${SHARERS / 2}u; half > 0u; half /= 2u) {
    if (local.y < half) { shares[local.y][local.x] += shares[local.y + half][local.x]; }
    workgroupBarrier();
  }
  if (local.y == 0u && d < ${width}u) { dGain[d] ${assignment(dGain.accumulate)} shares[0][local.x]; }
}`,
    [Math.ceil(width / COLUMNS), 1, 1],
  );
}
