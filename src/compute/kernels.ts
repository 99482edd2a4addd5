/**
 * What a backend runs besides products: the loops of the operations in `ops/` and `optim/`, where
 * each has its formula. On an exact backend every kernel has the bits of that loop. Where nothing says
 * that a kernel accumulates, it writes its result anew.
 */
import type { Gradient } from './autodiff/gradient.ts';
import type { Dct } from './deltas/dct.ts';
import type { AdamWFactors } from './optim/adamw.ts';
import type { TensorStep } from './optim/optimizer.ts';

type F32 = Float32Array;
type F64 = Float64Array;

/** The model axis of B x T rows as H heads of d channels. */
export interface HeadShape {
  readonly batch: number; // B
  readonly length: number; // T
  readonly heads: number; // H
  readonly headWidth: number; // d, even
}

export interface RotaryTable {
  readonly cos: Float32Array; // (T, d/2)
  readonly sin: Float32Array; // (T, d/2)
}

/** What optimizers need, in place and one tensor at a time. */
export interface UpdateKernels {
  /** optim/clip.ts: on top of `start`, elements ascending */
  sumOfSquares(data: F32, start?: number): number;
  /** optim/adamw.ts */
  adamW(p: F32, g: F32, m: F32, v: F32, factors: AdamWFactors): void;
  /** optim/adam.ts */
  adam(p: F32, g: F32, m: F32, v: F32, factors: AdamWFactors, weightDecay: number): void;
  /** optim/sgd.ts */
  sgd(p: F32, g: F32, step: TensorStep): void;
  sgdMomentum(
    p: F32,
    g: F32,
    b: F32,
    step: TensorStep,
    keep: number,
    take: number,
    lookAhead: number | null,
  ): void;
  /** optim/lars.ts */
  lars(p: F32, g: F32, b: F32, step: TensorStep, momentum: number, rate: number): void;
  /** optim/lamb.ts */
  lambMoments(g: F32, m: F32, v: F32, factors: AdamWFactors): void;
  lambSquares(p: F32, m: F32, v: F32, factors: AdamWFactors, weightDecay: number): number;
  lambMove(p: F32, m: F32, v: F32, factors: AdamWFactors, weightDecay: number, along: number): void;
}

/** What delta encodings need, one tensor at a time; arrays may lie anywhere. */
export interface DeltaKernels {
  /** deltas/int8-absmax.ts: a scale, and a greatest magnitude of codes, for each block */
  quantize(codes: Int8Array, scales: F32, data: F32, block: number): void;
  dequantize(data: F32, greatest: Uint8Array, codes: Int8Array, scales: F32, block: number): void;
  /** deltas/dct.ts, tiles (n, h, w) in place */
  forwardDct(dct: Dct, tiles: F32, h: number, w: number): void;
  inverseDct(dct: Dct, tiles: F32, h: number, w: number): void;
}

export interface Kernels extends UpdateKernels, DeltaKernels {
  /** ops/residual.ts; y may be a or b */
  add(y: F32, a: F32, b: F32): void;
  /** ops/heads.ts */
  splitHeads(heads: F32, flat: F32, shape: HeadShape, accumulate: boolean): void;
  mergeHeads(flat: F32, heads: F32, shape: HeadShape, accumulate: boolean): void;
  /** ops/rope.ts */
  splitRotated(heads: F32, flat: F32, shape: HeadShape, table: RotaryTable): void;
  mergeRotatedBack(
    dFlat: F32,
    dHeads: F32,
    shape: HeadShape,
    table: RotaryTable,
    accumulate: boolean,
  ): void;
  /** ops/embedding.ts, (N, D) and (V, D) */
  embeddingForward(y: F32, table: F32, tokens: Uint16Array, width: number): void;
  embeddingBackward(
    dTable: F32,
    dy: F32,
    tokens: Uint16Array,
    width: number,
    accumulate: boolean,
  ): void;
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
}
