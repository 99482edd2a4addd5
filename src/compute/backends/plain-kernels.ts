/** The operations' own loops as a backend's kernels: they define the bits. */
import { plainDeltas } from '../deltas/plain-deltas.ts';
import type { Kernels } from '../kernels.ts';
import { causalSoftmaxBackward, causalSoftmaxForward } from '../ops/causal-softmax.ts';
import { crossEntropyBackward, crossEntropyForward } from '../ops/cross-entropy.ts';
import { embeddingBackward, embeddingForward } from '../ops/embedding.ts';
import { mergeHeads, splitHeads } from '../ops/heads.ts';
import { addForward } from '../ops/residual.ts';
import { rmsNormBackward, rmsNormForward } from '../ops/rmsnorm.ts';
import { mergeRotatedBack, splitRotated } from '../ops/rope.ts';
import { swigluBackward, swigluForward } from '../ops/swiglu.ts';
import { plainUpdates } from '../optim/plain-updates.ts';

export const plainKernels: Kernels = {
  ...plainUpdates,
  ...plainDeltas,
  add: addForward,
  splitHeads,
  mergeHeads,
  splitRotated,
  mergeRotatedBack,
  embeddingForward,
  embeddingBackward,
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
};
