/**
 * Mean cross-entropy in nats over N rows of logits, stable through the row maximum.
 *   loss[n] = log sum_v exp(x[n, v] - max) + max - x[n, target[n]];  mean over n ascending, f64
 *   dx[n, v] = (softmax(x[n])[v] - [v = target[n]]) / N
 * Sums over v ascend in f64. The exponentials are rounded to f32 before they are summed: forward
 * leaves them in place of the logits and backward turns them into the gradient in place.
 */
import { exp } from '../math/exp.ts';
import { log } from '../math/log.ts';

/** Overwrites `logits` (N, V) with exp(x - max); fills the rows' losses and sums (N). */
export function crossEntropyForward(
  losses: Float64Array,
  sums: Float64Array,
  logits: Float32Array,
  targets: Uint16Array,
  vocabSize: number,
): void {
  for (let n = 0; n < targets.length; n += 1) {
    const start = n * vocabSize;
    const end = start + vocabSize;
    let max = logits[start]!;
    for (let i = start + 1; i < end; i += 1) if (logits[i]! > max) max = logits[i]!;
    const target = logits[start + targets[n]!]!;
    let sum = 0;
    for (let i = start; i < end; i += 1) {
      logits[i] = exp(logits[i]! - max);
      sum += logits[i]!;
    }
    sums[n] = sum;
    losses[n] = log(sum) + max - target;
  }
}

/** Overwrites the exponentials with dx. */
export function crossEntropyBackward(
  exponentials: Float32Array,
  sums: Float64Array,
  targets: Uint16Array,
  vocabSize: number,
): void {
  const rows = targets.length;
  for (let n = 0; n < rows; n += 1) {
    const start = n * vocabSize;
    const inverse = 1 / (sums[n]! * rows);
    const target = start + targets[n]!;
    const atTarget = exponentials[target]! * inverse - 1 / rows;
    for (let i = start; i < start + vocabSize; i += 1) exponentials[i]! *= inverse;
    exponentials[target] = atTarget;
  }
}

/** Sum of the first `rows` losses, ascending, over `rows`. */
export function meanLoss(losses: Float64Array, rows: number): number {
  let sum = 0;
  for (let n = 0; n < rows; n += 1) sum += losses[n]!;
  return sum / rows;
}
