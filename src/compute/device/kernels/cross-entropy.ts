/** ops/cross-entropy.ts on a device: logits (N, V), a workgroup a row, sums in f32. */
import { assignment, elementwise, literal, reads, readsWords, rowwise, writes } from '../kernel.ts';
import type { Kernel, Slice, Target } from '../kernel.ts';

export interface CrossEntropyShape {
  readonly rows: number;
  readonly classes: number;
}

export function crossEntropyForward(
  { rows, classes }: CrossEntropyShape,
  { logits, targets }: Record<'logits' | 'targets', Slice>,
  { exponentials, sums, losses }: Record<'exponentials' | 'sums' | 'losses', Slice>,
): Kernel {
  return rowwise(
    {
      logits: reads(logits),
      targets: readsWords(targets),
      exponentials: writes(exponentials),
      sums: writes(sums),
      losses: writes(losses),
    },
    rows,
    classes,
    `let start = row * ${classes}u;
  var high = logits[start];
  for (var v = lane; v < ${classes}u; v += LANES) { high = max(high, logits[start + v]); }
  high = greatest(high, lane);
  var part = 0.0;
  for (var v = lane; v < ${classes}u; v += LANES) {
    let e = exp(logits[start + v] - high);
    exponentials[start + v] = e;
    part += e;
  }
  let sum = total(part, lane);
  if (lane == 0u) {
    sums[row] = sum;
    losses[row] = log(sum) + (high - logits[start + targets[row]]);
  }`,
  );
}

/** The mean of (N) into (1). */
export function mean(terms: Slice, result: Slice): Kernel {
  const count = terms.length;
  return rowwise(
    { terms: reads(terms), result: writes(result) },
    1,
    count,
    `var part = 0.0;
  for (var n = lane; n < ${count}u; n += LANES) { part += terms[n]; }
  let sum = total(part, lane);
  if (lane == 0u) { result[row] = sum / ${literal(count)}; }`,
  );
}

/** dx = (e / sum - [v = target]) dy / N */
export function crossEntropyBackward(
  { rows, classes }: CrossEntropyShape,
  { exponentials, sums, targets, dy }: Record<'exponentials' | 'sums' | 'targets' | 'dy', Slice>,
  dx: Target,
): Kernel {
  return elementwise(
    {
      exponentials: reads(exponentials),
      sums: reads(sums),
      targets: readsWords(targets),
      dy: reads(dy),
      dx: writes(dx.data),
    },
    rows * classes,
    `let n = i / ${classes}u;
  let hit = select(0.0, 1.0, i % ${classes}u == targets[n]);
  dx[i] ${assignment(dx.accumulate)} (exponentials[i] / sums[n] - hit) * (dy[0] / ${literal(rows)});`,
  );
}
