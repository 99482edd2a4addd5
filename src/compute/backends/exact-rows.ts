/**
 * The exact kernels besides products, in WASM SIMD128 with the bits of the operations' own loops
 * (src/compute/ops, optim, deltas): f64 lanes do what f64 numbers do there, every f32 is rounded
 * where it is rounded there, and a sum over a row takes its terms one after the other.
 *
 * A kernel works on [from, to) of its rows or elements, its last two parameters, so that threads can
 * share it. Real parameters come from NUMBERS, a block of f64 in the reserved memory.
 */
import { DOUBLE } from './exact-loops.ts';
import type { Body } from './exact-loops.ts';
import { defineDoubleProduct, forwardDct, inverseDct } from './exact-dct.ts';
import { add, swigluBackward, swigluForward } from './exact-elementwise.ts';
import { addRows, gatherRows } from './exact-embedding.ts';
import { c } from './exact-geometry.ts';
import { dequantize, quantize } from './exact-int8.ts';
import { mergeHeads, mergeRotatedBack, splitHeads, splitRotated } from './exact-heads.ts';
import { gainSums, rmsNormBackward, rmsNormForward } from './exact-rmsnorm.ts';
import { exponentials, scaleRows, softmaxBackward, softmaxForward } from './exact-softmax.ts';
import {
  adam,
  adamW,
  lambMove,
  lambMoments,
  lambSquares,
  lars,
  sgd,
  sgdMomentum,
  sumOfSquares,
} from './exact-updates.ts';
import type { Instruction, Local, WasmModule } from './wasm-assembler.ts';
import { f64 } from './wasm-f64.ts';

/** Kernels by name, each with the addresses and counts it takes before `from` and `to`. */
export const ROW_KERNELS = {
  swigluForward: ['y', 'sigmoid', 'gate', 'up'],
  swigluBackward: ['dGate', 'dUp', 'dy', 'sigmoid', 'gate', 'up'],
  softmaxForward: ['scores', 'length'],
  softmaxBackward: ['dProbabilities', 'probabilities', 'length'],
  exponentials: ['exponentials', 'logits', 'sums', 'maxima', 'width'],
  scaleRows: ['y', 'x', 'factors', 'width'],
  rmsNormForward: ['y', 'inverseRms', 'x', 'gain', 'width'],
  rmsNormBackward: ['dx', 'dy', 'x', 'gain', 'inverseRms', 'width', 'accumulate'],
  gainSums: ['sums', 'dy', 'x', 'inverseRms', 'rows', 'width'],
  add: ['y', 'a', 'b'],
  quantize: ['codes', 'scales', 'data', 'block', 'length'],
  dequantize: ['data', 'greatest', 'codes', 'scales', 'block', 'length'],
  forwardDct: ['tiles', 'scratch', 'h', 'w', 'down', 'along'],
  inverseDct: ['tiles', 'scratch', 'h', 'w', 'down', 'along'],
  splitHeads: ['split', 'flat', 'length', 'heads', 'width', 'accumulate'],
  mergeHeads: ['flat', 'split', 'length', 'heads', 'width', 'accumulate'],
  splitRotated: ['split', 'flat', 'cos', 'sin', 'length', 'heads', 'width'],
  mergeRotatedBack: ['flat', 'split', 'cos', 'sin', 'length', 'heads', 'width', 'accumulate'],
  gatherRows: ['y', 'table', 'tokens', 'width'],
  addRows: ['table', 'dy', 'tokens', 'rows', 'width'],
  sumOfSquares: ['sum', 'data'],
  adamW: ['p', 'g', 'm', 'v'],
  adam: ['p', 'g', 'm', 'v'],
  sgd: ['p', 'g'],
  sgdMomentum: ['p', 'g', 'b'],
  lars: ['p', 'g', 'b'],
  lambMoments: ['g', 'm', 'v'],
  lambSquares: ['sum', 'p', 'm', 'v'],
  lambMove: ['p', 'm', 'v'],
} as const;
export type RowKernel = keyof typeof ROW_KERNELS;
export const ROW_KERNEL_NAMES = Object.keys(ROW_KERNELS) as RowKernel[];

type RowBody = (args: readonly Local[], context: Body) => Instruction;

/** @param numbers address of the f64 parameters */
export function defineRowKernels(module: WasmModule, numbers: number): void {
  const product = defineDoubleProduct(module);
  const bodies: Readonly<Record<RowKernel, RowBody>> = {
    swigluForward,
    swigluBackward,
    softmaxForward,
    softmaxBackward,
    exponentials,
    scaleRows,
    rmsNormForward,
    rmsNormBackward,
    gainSums,
    add,
    quantize,
    dequantize,
    forwardDct: forwardDct(product),
    inverseDct: inverseDct(product),
    splitHeads,
    mergeHeads,
    splitRotated,
    mergeRotatedBack,
    gatherRows,
    addRows,
    sumOfSquares,
    adamW,
    adam,
    sgd,
    sgdMomentum,
    lars,
    lambMoments,
    lambSquares,
    lambMove,
  };
  for (const name of ROW_KERNEL_NAMES) {
    const count = ROW_KERNELS[name].length;
    module.func(
      count + 2,
      (params, frame) =>
        bodies[name](params.slice(0, count), {
          frame,
          from: params[count]!,
          to: params[count + 1]!,
          number: (index) => f64.load(c(numbers + index * DOUBLE)),
        }),
      name,
    );
  }
}
