/**
 * One inner training step on buffers that were allocated once: forward, backward, clip, AdamW.
 * Owns parameters, gradients and moments for the length of one contribution.
 */
import type { Backend } from '../backend.ts';
import { allocateActivations } from '../model/activations.ts';
import { backward, planBackward } from '../model/backward.ts';
import type { BackwardPass } from '../model/backward.ts';
import { forward, planForward } from '../model/forward.ts';
import { byRole } from '../model/layer-parameters.ts';
import { meanLoss } from '../ops/cross-entropy.ts';
import { adamWState, adamWStep } from '../optim/adamw.ts';
import type { AdamWState } from '../optim/adamw.ts';
import { clipScale, globalNorm } from '../optim/clip.ts';
import { learningRateAt } from '../optim/schedule.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { loadBatch } from './batch.ts';
import { NumericFault } from './numeric-fault.ts';
import type { TrainingSpec } from './spec.ts';

export interface Trainer {
  readonly spec: TrainingSpec;
  readonly backend: Backend;
  readonly parameters: Tensors;
  readonly gradients: Tensors;
  readonly moments: AdamWState;
  readonly pass: BackwardPass;
}

export interface StepReport {
  /** Global inner step: stepOffset + index in the window. */
  readonly step: number;
  /** Mean nats a token, before the update. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** What gradients were multiplied by: 1 or less. */
  readonly clipScale: number;
  readonly learningRate: number;
  readonly tokens: number;
}

/** Buffers for this spec, parameters copied from `initial`. */
export function allocateTrainer(spec: TrainingSpec, initial: Tensors, backend: Backend): Trainer {
  const { model } = spec;
  const parameters = copyTensors(initial, backend);
  const gradients = zeroTensors(initial, backend);
  const x = allocateActivations(model, spec.batchPages, backend);
  const forwardPass = planForward(model, byRole(parameters, model.layers), x);
  const pass = planBackward(forwardPass, byRole(gradients, model.layers), backend);
  return { spec, backend, parameters, gradients, moments: adamWState(parameters), pass };
}

export function copyTensors(tensors: Tensors, backend: Backend): Tensors {
  const copies = zeroTensors(tensors, backend);
  for (const [name, { data }] of tensors) copies.get(name)!.data.set(data);
  return copies;
}

function zeroTensors(tensors: Tensors, backend: Backend): Tensors {
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { shape, data: backend.alloc(data.length) },
    ]),
  );
}

/** Step `index` of the window on its batch. Throws NumericFault; parameters are then undefined. */
export async function trainStep(
  trainer: Trainer,
  index: number,
  pages: readonly Uint16Array[],
): Promise<StepReport> {
  const { spec, backend, pass, gradients } = trainer;
  const { x } = pass.forward;
  const step = spec.stepOffset + index;
  loadBatch(x, pages);
  await forward(pass.forward, backend);
  const loss = meanLoss(x.rowLosses, x.rows);
  if (!Number.isFinite(loss)) throw new NumericFault('loss', step);
  await backward(pass, backend);
  const gradientNorm = globalNorm(gradients);
  if (!Number.isFinite(gradientNorm)) throw new NumericFault('gradient', step);
  const gradientScale = clipScale(gradientNorm, spec.optimizer.clipNorm);
  const learningRate = learningRateAt(spec.optimizer, step);
  adamWStep(trainer.parameters, gradients, trainer.moments, spec.optimizer, {
    t: index + 1,
    learningRate,
    gradientScale,
  });
  return { step, loss, gradientNorm, clipScale: gradientScale, learningRate, tokens: x.rows };
}
