/** Where a contribution's steps run: on the backend's device if it has one, else on its kernels. */
import type { Backend } from '../backend.ts';
import { openDeviceTraining } from '../device/device-training.ts';
import type { AdamWState } from '../optim/adamw.ts';
import type { Tensors } from '../tensors/tensor.ts';
import type { TrainingSpec } from './spec.ts';
import { NOTHING_FROZEN } from './subject.ts';
import type { Frozen } from './subject.ts';
import { allocateTrainer, trainStep } from './trainer.ts';
import type { TrainingRun } from './training-run.ts';

/**
 * Parameters start as `initial`, moments at zero unless some were handed on. Device programs train
 * whole models from the start only: adapters and later stages are trained on the backend's kernels.
 * Throws BackendUnavailable.
 */
export async function openTraining(
  spec: TrainingSpec,
  initial: Tensors,
  backend: Backend,
  frozen: Frozen = NOTHING_FROZEN,
  moments?: AdamWState,
): Promise<TrainingRun> {
  if (backend.device !== undefined && spec.adapter === undefined && moments === undefined)
    return openDeviceTraining(spec, initial, backend.device);
  const trainer = allocateTrainer(spec, initial, backend, frozen, moments);
  return {
    step: (index, pages) => trainStep(trainer, index, pages),
    state: async () => trainer,
    close() {},
  };
}
