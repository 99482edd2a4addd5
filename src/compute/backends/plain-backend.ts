/**
 * The frame of backends that multiply one matrix after the other on the calling thread: arrays are
 * ordinary ones, there is nothing to reset or close.
 */
import type { Backend, Gemm } from '../backend.ts';
import { assertGemm } from './gemm-shape.ts';
import { plainKernels } from './plain-kernels.ts';

/** @param multiply the product of the op's `index`-th matrices, whose shapes have been checked */
export function plainBackend(
  about: Pick<Backend, 'name' | 'computeClass' | 'description'>,
  multiply: (op: Gemm, index: number) => void,
): Backend {
  return {
    ...about,
    threads: 1,
    alloc: (length) => new Float32Array(length),
    reset: () => {},
    kernels: plainKernels,
    gemm(op) {
      assertGemm(op, 1);
      multiply(op, 0);
    },
    gemmBatched(op) {
      assertGemm(op, op.batch);
      for (let index = 0; index < op.batch; index++) multiply(op, index);
    },
    close: async () => {},
  };
}
