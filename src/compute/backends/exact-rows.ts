/**
 * The exact kernels besides products, in WASM SIMD128 with the bits of the operations' own loops
 * (src/compute/ops, src/compute/optim): f64 lanes do what f64 numbers do there, every f32 is rounded
 * where it is rounded there, and a sum over a row takes its terms one after the other.
 *
 * A kernel works on [from, to) of its rows or elements, its last two parameters, so that threads can
 * share it. Real parameters come from NUMBERS, a block of f64 in the reserved memory.
 */
import { DOUBLE } from './exact-loops.ts';
import type { Body } from './exact-loops.ts';
import { add, adamW, swigluBackward, swigluForward } from './exact-elementwise.ts';
import { c } from './exact-geometry.ts';
import { gainSums, rmsNormBackward, rmsNormForward } from './exact-rmsnorm.ts';
import { exponentials, scaleRows, softmaxBackward, softmaxForward } from './exact-softmax.ts';
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
  adamW: ['p', 'g', 'm', 'v'],
  add: ['y', 'a', 'b'],
} as const;
export type RowKernel = keyof typeof ROW_KERNELS;
export const ROW_KERNEL_NAMES = Object.keys(ROW_KERNELS) as RowKernel[];

/** @param numbers address of the f64 parameters */
export function defineRowKernels(module: WasmModule, numbers: number): void {
  const define = (
    name: RowKernel,
    body: (args: readonly Local[], context: Body) => Instruction,
  ): void => {
    const count = ROW_KERNELS[name].length;
    module.func(
      count + 2,
      (params, frame) =>
        body(params.slice(0, count), {
          frame,
          from: params[count]!,
          to: params[count + 1]!,
          number: (index) => f64.load(c(numbers + index * DOUBLE)),
        }),
      name,
    );
  };
  define('swigluForward', swigluForward);
  define('swigluBackward', swigluBackward);
  define('softmaxForward', softmaxForward);
  define('softmaxBackward', softmaxBackward);
  define('exponentials', exponentials);
  define('scaleRows', scaleRows);
  define('rmsNormForward', rmsNormForward);
  define('rmsNormBackward', rmsNormBackward);
  define('gainSums', gainSums);
  define('adamW', adamW);
  define('add', add);
}
