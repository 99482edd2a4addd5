/** The optimizers' own loops: they define the bits of a backend's. */
import type { UpdateKernels } from '../kernels.ts';
import { adamUpdate } from './adam.ts';
import { adamWUpdate } from './adamw.ts';
import { sumOfSquares } from './clip.ts';
import { lambMoments, lambMove, lambSquares } from './lamb.ts';
import { larsUpdate } from './lars.ts';
import { momentumUpdate, sgdUpdate } from './sgd.ts';

export const plainUpdates: UpdateKernels = {
  sumOfSquares,
  adamW: adamWUpdate,
  adam: adamUpdate,
  sgd: sgdUpdate,
  sgdMomentum: momentumUpdate,
  lars: larsUpdate,
  lambMoments,
  lambSquares,
  lambMove,
};
