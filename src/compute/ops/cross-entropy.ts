/**
 * Mean cross-entropy in nats over N rows of logits, stable through the row maximum.
 *   loss[n] = log sum_v exp(x[n, v] - max) + max - x[n, target[n]];  mean over n ascending, f64
 *   dx[n, v] = (softmax(x[n])[v] - [v = target[n]]) / N
 * Sums over v ascend in f64. The exponentials are rounded to f32 before they are summed: forward
 * leaves them in place of the logits and backward turns them into the gradient in place.
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import type { Gradient } from '../autodiff/gradient.ts';
import { invariant } from '../invariant.ts';
import { exp } from '../math/exp.ts';
import { log } from '../math/log.ts';

/** Fills exp(x - max) (N, V), which may lie over the logits, and the rows' losses and sums (N). */
export function crossEntropyForward(
  losses: Float64Array,
  sums: Float64Array,
  exponentials: Float32Array,
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
      exponentials[i] = exp(logits[i]! - max);
      sum += exponentials[i]!;
    }
    sums[n] = sum;
    losses[n] = log(sum) + max - target;
  }
}

/** dx, times `scale`; it may lie over the exponentials. */
export function crossEntropyBackward(
  { data, accumulate }: Gradient,
  exponentials: Float32Array,
  sums: Float64Array,
  targets: Uint16Array,
  vocabSize: number,
  scale: number,
): void {
  const rows = targets.length;
  for (let n = 0; n < rows; n += 1) {
    const start = n * vocabSize;
    const end = start + vocabSize;
    const inverse = scale / (sums[n]! * rows);
    const target = start + targets[n]!;
    const atTarget = exponentials[target]! * inverse - scale / rows;
    const before = data[target]!;
    if (accumulate) for (let i = start; i < end; i += 1) data[i]! += exponentials[i]! * inverse;
    else for (let i = start; i < end; i += 1) data[i] = exponentials[i]! * inverse;
    data[target] = accumulate ? before + atTarget : atTarget;
  }
}

/** Sum of the first `rows` losses, ascending, over `rows`. */
export function meanLoss(losses: Float64Array, rows: number): number {
  let sum = 0;
  for (let n = 0; n < rows; n += 1) sum += losses[n]!;
  return sum / rows;
}

/** Host memory that goes with a loss: what it reads at every run, and its terms. */
export interface CrossEntropyRows {
  readonly targets: Uint16Array; // (N), the caller fills it
  readonly losses: Float64Array; // (N), each row's loss in f64
}

/** logits (N, V) -> (1), the mean; the rows' own losses are in `rows`. */
export function crossEntropy(graph: Graph, logits: Value, rows: CrossEntropyRows): Value {
  const [count, vocabSize] = logits.shape as [number, number];
  const { targets, losses } = rows;
  invariant(targets.length === count && losses.length === count, 'a target and a loss a row');
  return graph.apply({
    name: 'cross-entropy',
    inputs: [logits],
    shape: [1],
    formula: { of: 'cross-entropy', rows: count, classes: vocabSize, targets },
    kept: [
      { type: 'f32', length: count * vocabSize },
      { type: 'f64', length: count },
    ],
    reuses: [
      { place: { of: 'kept', index: 0 }, over: { of: 'input', index: 0 } },
      { place: { of: 'gradient', index: 0 }, over: { of: 'kept', index: 0 } },
    ],
    bind: ({
      backend: { kernels },
      inputs: [x],
      result,
      gradients: [dx],
      resultGradient,
      kept,
    }) => {
      const [exponentials, sums] = kept as [Float32Array, Float64Array];
      return {
        forward() {
          kernels.crossEntropyForward(losses, sums, exponentials, x!, targets, vocabSize);
          result[0] = meanLoss(losses, count);
        },
        backward() {
          const dy = resultGradient[0]!;
          if (dx?.accumulate === true)
            crossEntropyBackward(dx, exponentials, sums, targets, vocabSize, dy);
          else if (dx)
            kernels.crossEntropyBackward(dx.data, exponentials, sums, targets, vocabSize, dy);
        },
      };
    },
  });
}
