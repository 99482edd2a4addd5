/**
 * What a backend runs besides products: the loops of the operations in `ops/` and `optim/`, where
 * each has its formula. On an exact backend every kernel has the bits of that loop. All of them write
 * their results anew; where an operation adds to what is there, it uses its own loop.
 */
import type { Gradient } from './autodiff/gradient.ts';
import type { AdamWFactors } from './optim/adamw.ts';

type F32 = Float32Array;
type F64 = Float64Array;

export interface Kernels {
  /** ops/residual.ts */
  add(y: F32, a: F32, b: F32): void;
  /** ops/swiglu.ts, all (N F) */
  swigluForward(y: F32, sigmoid: F32, gate: F32, up: F32): void;
  swigluBackward(dGate: F32, dUp: F32, dy: F32, sigmoid: F32, gate: F32, up: F32): void;
  /** ops/causal-softmax.ts, (M, T, T) */
  causalSoftmaxForward(scores: F32, matrices: number, length: number, scale: number): void;
  causalSoftmaxBackward(
    dProbabilities: F32,
    probabilities: F32,
    matrices: number,
    length: number,
    scale: number,
  ): void;
  /** ops/cross-entropy.ts, (N, V) */
  crossEntropyForward(
    losses: F64,
    sums: F64,
    exponentials: F32,
    logits: F32,
    targets: Uint16Array,
    vocabSize: number,
  ): void;
  crossEntropyBackward(
    dLogits: F32,
    exponentials: F32,
    sums: F64,
    targets: Uint16Array,
    vocabSize: number,
    scale: number,
  ): void;
  /** ops/rmsnorm.ts, (N, D) */
  rmsNormForward(y: F32, inverseRms: F64, x: F32, gain: F32, eps: number): void;
  rmsNormBackward(
    dx: Gradient | null,
    dGain: Gradient | null,
    gainSums: F64,
    dy: F32,
    x: F32,
    gain: F32,
    inverseRms: F64,
  ): void;
  /** optim/adamw.ts, in place */
  adamW(p: F32, g: F32, m: F32, v: F32, factors: AdamWFactors): void;
}
