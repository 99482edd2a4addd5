/**
 * One inner training step on buffers that were allocated once: forward, backward, clip, AdamW.
 * Owns parameters, gradients and moments for the length of one contribution.
 */
import { languageModel } from '../model/language-model.ts';
import type { LanguageModel } from '../model/language-model.ts';
import type { Backend } from '../backend.ts';
import { meanLoss } from '../ops/cross-entropy.ts';
import { adamWStep } from '../optim/adamw.ts';
import type { AdamWState } from '../optim/adamw.ts';
import { clipScale, globalNorm } from '../optim/clip.ts';
import { learningRateAt } from '../optim/schedule.ts';
import { copyTensors, zeroTensors } from '../tensors/on-backend.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { NumericFault } from './numeric-fault.ts';
import type { TrainingSpec } from './spec.ts';
import { NOTHING_FROZEN } from './subject.ts';
import type { Frozen } from './subject.ts';

export interface Trainer {
  readonly spec: TrainingSpec;
  readonly backend: Backend;
  readonly parameters: Tensors;
  readonly gradients: Tensors;
  readonly moments: AdamWState;
  readonly model: LanguageModel;
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

/** Buffers for this spec, what is trained copied from `initial`, moments from `from` or zero. */
export function allocateTrainer(
  spec: TrainingSpec,
  initial: Tensors,
  backend: Backend,
  { base, corrections }: Frozen = NOTHING_FROZEN,
  from?: AdamWState,
): Trainer {
  const parameters = copyTensors(initial, backend);
  const gradients = zeroTensors(initial, backend);
  const moments =
    from === undefined
      ? { m: zeroTensors(initial, backend), v: zeroTensors(initial, backend) }
      : { m: copyTensors(from.m, backend), v: copyTensors(from.v, backend) };
  const model = languageModel({
    config: spec.model,
    batch: spec.batchPages,
    backend,
    parameters: new Map([...copyTensors(base, backend), ...parameters]),
    gradients,
    corrections,
  });
  return { spec, backend, parameters, gradients, moments, model };
}

/** Step `index` of the window on its batch. Throws NumericFault; parameters are then undefined. */
export async function trainStep(
  trainer: Trainer,
  index: number,
  pages: readonly Uint16Array[],
): Promise<StepReport> {
  const { spec, model } = trainer;
  const step = spec.stepOffset + index;
  model.load(pages);
  await model.program.forward();
  const loss = meanLoss(model.rowLosses, model.rows);
  if (!Number.isFinite(loss)) throw new NumericFault('loss', step);
  await model.program.backward();
  return { ...applyGradients(trainer, index), loss, tokens: model.rows };
}

/** The second half of a step: clips, updates parameters and moments. Throws NumericFault. */
export function applyGradients(
  trainer: Trainer,
  index: number,
): Omit<StepReport, 'loss' | 'tokens'> {
  const { spec, gradients, backend } = trainer;
  const step = spec.stepOffset + index;
  const gradientNorm = globalNorm(gradients, backend.kernels.sumOfSquares);
  if (!Number.isFinite(gradientNorm)) throw new NumericFault('gradient', step);
  const gradientScale = clipScale(gradientNorm, spec.optimizer.clipNorm);
  const learningRate = learningRateAt(spec.optimizer, step);
  adamWStep(
    trainer.parameters,
    gradients,
    trainer.moments,
    spec.optimizer,
    {
      t: index + 1,
      learningRate,
      gradientScale,
    },
    backend.kernels.adamW,
  );
  return { step, gradientNorm, clipScale: gradientScale, learningRate };
}
