/** The operations' own loops as a backend's kernels: they define the bits. */
import type { Kernels } from '../kernels.ts';
import { causalSoftmaxBackward, causalSoftmaxForward } from '../ops/causal-softmax.ts';
import { crossEntropyBackward, crossEntropyForward } from '../ops/cross-entropy.ts';
import { addForward } from '../ops/residual.ts';
import { rmsNormBackward, rmsNormForward } from '../ops/rmsnorm.ts';
import { swigluBackward, swigluForward } from '../ops/swiglu.ts';
import { adamWUpdate } from '../optim/adamw.ts';

export const plainKernels: Kernels = {
  add: addForward,
  swigluForward,
  swigluBackward,
  causalSoftmaxForward,
  causalSoftmaxBackward,
  crossEntropyForward,
  crossEntropyBackward: (data, exponentials, sums, targets, vocabSize, scale) =>
    crossEntropyBackward(
      { data, accumulate: false },
      exponentials,
      sums,
      targets,
      vocabSize,
      scale,
    ),
  rmsNormForward,
  rmsNormBackward,
  adamW: adamWUpdate,
};
