/**
 * Causal attention per (batch, head), M = B H matrices of T positions and d channels.
 *   S = Q K^T,  P = causal softmax(S / sqrt(d)),  O = P V          Q, K, V, O (M, T, d), S, P (M, T, T)
 *   dV = P^T dO,  dP = dO V^T,  dS = softmax backward,  dQ = dS K,  dK = dS^T Q
 * Products on the backend (k ascending, f32 partial sums; masked terms take part as zeros).
 */
import type { Graph } from '../autodiff/graph.ts';
import type { Value } from '../autodiff/value.ts';
import type { Gradient } from '../autodiff/gradient.ts';
import type { Passes, Places } from '../autodiff/op.ts';
import type { Backend, BatchedGemm } from '../backend.ts';
import { invariant } from '../invariant.ts';
import { sameShape } from '../tensors/tensor.ts';

interface AttentionShape {
  readonly matrices: number; // M
  readonly length: number; // T
  readonly headWidth: number; // d
}

/** q, k, v (M, T, d) -> (M, T, d) */
export function attention(graph: Graph, q: Value, k: Value, v: Value): Value {
  invariant(sameShape(q.shape, k.shape) && sameShape(q.shape, v.shape), 'q, k and v alike');
  const [matrices, length, headWidth] = q.shape as [number, number, number];
  const square = { type: 'f32', length: matrices * length * length } as const;
  return graph.apply({
    name: 'attention',
    inputs: [q, k, v],
    shape: q.shape,
    formula: { of: 'attention', matrices, length, headWidth },
    rereads: [0, 1, 2],
    kept: [square],
    scratch: [square],
    bind: (places) => bindAttention({ matrices, length, headWidth }, places),
  });
}

function bindAttention(shape: AttentionShape, places: Places): Passes {
  const { matrices, length, headWidth } = shape;
  const [q, k, v] = places.inputs as [Float32Array, Float32Array, Float32Array];
  const [dq, dk, dv] = places.gradients;
  const { backend, result, resultGradient: dy } = places;
  const { kernels } = backend;
  const p = places.kept[0] as Float32Array;
  const dp = (places.scratch[0] ?? p) as Float32Array;
  const scale = 1 / Math.sqrt(headWidth);
  const scores = scoresOf(shape, q, k, p);
  const mix = fromScores(shape, p, v, result, false);
  const dProbabilities = scoresOf(shape, dy, v, dp);
  const onto = (
    gradient: Gradient | null | undefined,
    x: Float32Array,
    by: Float32Array,
    t: boolean,
  ) =>
    gradient && {
      gradient,
      onto: fromScores(shape, x, by, gradient.data, t, true),
      fresh: fromScores(shape, x, by, gradient.data, t),
    };
  const products = [onto(dv, p, dy, true), onto(dq, dp, k, false), onto(dk, dp, q, true)] as const;
  const run = async (product: (typeof products)[number]): Promise<void> => {
    if (product)
      await multiplyBatched(backend, product.gradient.accumulate ? product.onto : product.fresh);
  };
  return {
    async forward() {
      await multiplyBatched(backend, scores);
      kernels.causalSoftmaxForward(p, matrices, length, scale);
      await multiplyBatched(backend, mix);
    },
    async backward() {
      await run(products[0]);
      if (!products[1] && !products[2]) return;
      await multiplyBatched(backend, dProbabilities);
      kernels.causalSoftmaxBackward(dp, p, matrices, length, scale);
      await run(products[1]);
      await run(products[2]);
    },
  };
}

/** c (M, T, T) = a b^T for a, b (M, T, d). */
function scoresOf(
  { matrices: batch, length, headWidth }: AttentionShape,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
): BatchedGemm {
  const shape = { batch, m: length, n: length, k: headWidth };
  return { ...shape, transA: false, transB: true, accumulate: false, a, b, c };
}

/** c (M, T, d) = a b or a^T b for a (M, T, T) and b (M, T, d). */
function fromScores(
  { matrices: batch, length, headWidth }: AttentionShape,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  transA: boolean,
  accumulate = false,
): BatchedGemm {
  const shape = { batch, m: length, n: headWidth, k: length };
  return { ...shape, transA, transB: false, accumulate, a, b, c };
}

async function multiplyBatched(backend: Backend, op: BatchedGemm): Promise<void> {
  const pending = backend.gemmBatched(op);
  if (pending !== undefined) await pending;
}
