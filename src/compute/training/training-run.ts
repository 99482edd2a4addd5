/**
 * The inner steps of one contribution, wherever their numbers are: parameters and moments stay there
 * from step to step and are seen when asked for.
 */
import type { AdamWState } from '../optim/adamw.ts';
import type { Tensors } from '../tensors/tensor.ts';
import type { StepReport } from './trainer.ts';

export interface TrainingState {
  readonly parameters: Tensors;
  readonly moments: AdamWState;
}

export interface TrainingRun {
  /** Step `index` of the window on its batch. Throws NumericFault; the state is then undefined. */
  step(index: number, pages: readonly Uint16Array[]): Promise<StepReport>;
  /** As they now are; valid until the next step. */
  state(): Promise<TrainingState>;
  /** Gives back what it holds. */
  close(): void;
}
