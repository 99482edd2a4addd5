/**
 * Error feedback (Seide et al. 2014; with decay as in DeMo and SparseLoCo):
 *
 *   e = fround(decay f + delta)           f: feedback of the window before, 0 in the first
 *   f' = fround(e - decoded)              what the encoding of e lost
 *
 * Inside, f64: product, then sum. Where nothing was sent f' = e exactly; where something was,
 * decoded + f' differs from e by at most half an ulp of f'. A worker commits to f as to its other
 * state: who holds it recomputes the encoded bytes and f' to the bit.
 */
import type { Tensor, Tensors } from '../tensors/tensor.ts';

export function addFeedback(decay: number, feedback: Tensors | null, delta: Tensors): Tensors {
  if (feedback === null) return delta;
  return combined(delta, feedback, (sum, change, kept) => {
    for (let i = 0; i < sum.length; i += 1) sum[i] = decay * kept[i]! + change[i]!;
  });
}

export function residual(sum: Tensors, decoded: Tensors): Tensors {
  return combined(sum, decoded, (lost, wanted, sent) => {
    for (let i = 0; i < lost.length; i += 1) lost[i] = wanted[i]! - sent[i]!;
  });
}

/** In the order of `a`; `combine` fills its first argument. */
function combined(
  a: Tensors,
  b: Tensors,
  combine: (to: Float32Array, left: Float32Array, right: Float32Array) => void,
): Tensors {
  const result = new Map<string, Tensor>();
  for (const [name, { shape, data }] of a) {
    const to = new Float32Array(data.length);
    combine(to, data, b.get(name)!.data);
    result.set(name, { shape, data: to });
  }
  return result;
}
