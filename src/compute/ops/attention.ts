/**
 * Causal attention per (batch, head), M = B H matrices of T positions and d channels.
 *   S = Q K^T,  P = causal softmax(S / sqrt(d)),  O = P V          Q, K, V, O (M, T, d), S, P (M, T, T)
 *   dV = P^T dO,  dP = dO V^T,  dS = softmax backward,  dQ = dS K,  dK = dS^T Q
 * Products on the backend (k ascending, f32 partial sums; masked terms take part as zeros).
 */
import type { Backend, BatchedGemm } from '../backend.ts';
import { causalSoftmaxBackward, causalSoftmaxForward } from './causal-softmax.ts';

export interface AttentionBuffers {
  readonly q: Float32Array; // (M, T, d)
  readonly k: Float32Array; // (M, T, d)
  readonly v: Float32Array; // (M, T, d)
  readonly probabilities: Float32Array; // (M, T, T)
  readonly out: Float32Array; // (M, T, d)
}

export interface AttentionGradients {
  readonly dOut: Float32Array; // (M, T, d)
  readonly dProbabilities: Float32Array; // (M, T, T)
  readonly dq: Float32Array; // (M, T, d)
  readonly dk: Float32Array; // (M, T, d)
  readonly dv: Float32Array; // (M, T, d)
}

export interface AttentionShape {
  readonly matrices: number; // M
  readonly length: number; // T
  readonly headWidth: number; // d
}

export interface AttentionForwardPlan {
  readonly scores: BatchedGemm;
  readonly mix: BatchedGemm;
}

export interface AttentionBackwardPlan {
  readonly dv: BatchedGemm;
  readonly dProbabilities: BatchedGemm;
  readonly dq: BatchedGemm;
  readonly dk: BatchedGemm;
}

export function planAttention(shape: AttentionShape, x: AttentionBuffers): AttentionForwardPlan {
  const { matrices: batch, length, headWidth } = shape;
  const plain = { batch, transA: false, accumulate: false } as const;
  return {
    scores: {
      ...plain,
      transB: true,
      m: length,
      n: length,
      k: headWidth,
      a: x.q,
      b: x.k,
      c: x.probabilities,
    },
    mix: {
      ...plain,
      transB: false,
      m: length,
      n: headWidth,
      k: length,
      a: x.probabilities,
      b: x.v,
      c: x.out,
    },
  };
}

export function planAttentionBackward(
  shape: AttentionShape,
  x: AttentionBuffers,
  g: AttentionGradients,
): AttentionBackwardPlan {
  const { matrices: batch, length, headWidth } = shape;
  const toHeads = { batch, accumulate: false, transB: false, m: length, n: headWidth, k: length };
  return {
    dv: { ...toHeads, transA: true, a: x.probabilities, b: g.dOut, c: g.dv },
    dProbabilities: {
      batch,
      accumulate: false,
      transA: false,
      transB: true,
      m: length,
      n: length,
      k: headWidth,
      a: g.dOut,
      b: x.v,
      c: g.dProbabilities,
    },
    dq: { ...toHeads, transA: false, a: g.dProbabilities, b: x.k, c: g.dq },
    dk: { ...toHeads, transA: true, a: g.dProbabilities, b: x.q, c: g.dk },
  };
}

export async function attentionForward(
  backend: Backend,
  plan: AttentionForwardPlan,
  { matrices, length, headWidth }: AttentionShape,
): Promise<void> {
  await multiplyBatched(backend, plan.scores);
  causalSoftmaxForward(plan.scores.c, matrices, length, 1 / Math.sqrt(headWidth));
  await multiplyBatched(backend, plan.mix);
}

export async function attentionBackward(
  backend: Backend,
  plan: AttentionBackwardPlan,
  { matrices, length, headWidth }: AttentionShape,
): Promise<void> {
  await multiplyBatched(backend, plan.dv);
  await multiplyBatched(backend, plan.dProbabilities);
  causalSoftmaxBackward(
    plan.dProbabilities.c,
    plan.dv.a,
    matrices,
    length,
    1 / Math.sqrt(headWidth),
  );
  await multiplyBatched(backend, plan.dq);
  await multiplyBatched(backend, plan.dk);
}

async function multiplyBatched(backend: Backend, op: BatchedGemm): Promise<void> {
  const pending = backend.gemmBatched(op);
  if (pending !== undefined) await pending;
}
