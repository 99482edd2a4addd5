/**
 * In which format what is stored in mixed-precision training (Micikevicius et al. 2018): plain JSON.
 * Arithmetic stays that of the kernels; narrow storage is emulated by rounding f32 arrays, so the
 * bits are the same everywhere. Master weights and optimizer state are always f32; `weights` is the
 * copy that forward and backward passes read.
 */
import { fieldsOf } from '../json-fields.ts';
import { invariant } from '../invariant.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { FLOAT_FORMATS, roundTo } from './float-formats.ts';
import type { FloatFormat } from './float-formats.ts';

export interface PrecisionPolicy {
  readonly weights: FloatFormat;
  /** Outputs of operations, rounded by who runs the passes. */
  readonly activations: FloatFormat;
  readonly gradients: FloatFormat;
}

export const FULL_PRECISION: PrecisionPolicy = {
  weights: 'f32',
  activations: 'f32',
  gradients: 'f32',
};

/** Throws TrainingInputError `spec_invalid` for anything but a PrecisionPolicy. */
export function parsePrecisionPolicy(value: unknown): PrecisionPolicy {
  const fields = fieldsOf(value, 'precision', ['weights', 'activations', 'gradients']);
  return {
    weights: fields.choice('weights', FLOAT_FORMATS),
    activations: fields.choice('activations', FLOAT_FORMATS),
    gradients: fields.choice('gradients', FLOAT_FORMATS),
  };
}

/** Rounds every tensor in place. */
export function roundTensors(format: FloatFormat, tensors: Tensors): void {
  if (format === 'f32') return;
  for (const { data } of tensors.values()) roundTo(format, data);
}

/** Master weights into the copy that the passes read, rounded. */
export function storeWeights(format: FloatFormat, master: Tensors, copy: Tensors): void {
  for (const [name, { data }] of master) {
    const stored = copy.get(name);
    invariant(stored?.data.length === data.length, 'a copy of every weight');
    stored.data.set(data);
    roundTo(format, stored.data);
  }
}
