/**
 * `daybook/compute`: the training itself, without a ledger. A contribution is a pure function of its
 * specification, checkpoint and pages; on the exact backend everybody gets the same bits of it.
 */

/** Kernels by name. `exact` gives the same bits on any machine and with any number of threads. */
export { openBackend } from '../compute/backends/open.ts';
export type { Backend, BackendName, ComputeClass } from '../compute/backend.ts';

/** One worker's share of a window, and what came of it. */
export { contribute, initialCheckpoint } from '../compute/training/contribution.ts';
export type { Contribution } from '../compute/training/contribution.ts';
export type { OptimizerSpec, TrainingSpec } from '../compute/training/spec.ts';
export type { ModelConfig } from '../compute/model/config.ts';

/** All deltas of a window to the next checkpoint. */
export { outerStep } from '../compute/training/outer-step.ts';
export type { OuterResult, OuterSpec } from '../compute/training/outer-step.ts';
/** How good a checkpoint is, in integer micro-nats a token. */
export { heldOutLossMicroNats } from '../compute/training/held-out.ts';

/** Model files. Reading treats them as hostile. */
export { readSafetensors, writeSafetensors } from '../compute/tensors/safetensors.ts';
export type { SafetensorsFile } from '../compute/tensors/safetensors.ts';
