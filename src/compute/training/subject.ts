/**
 * What a contribution trains and what it leaves alone: the whole model, or an adapter beside a base
 * that is frozen. A checkpoint, a delta and a state root are of what is trained.
 */
import { adapterShapes, correctionNames, initialAdapter } from '../lora/adapter.ts';
import { parseLoraSpec } from '../lora/spec.ts';
import type { LoraSpec } from '../lora/spec.ts';
import type { ModelConfig } from '../model/config.ts';
import type { CorrectionNames } from '../model/language-model.ts';
import { conform, conformTo } from '../model/parameters.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { TrainingInputError } from '../training-input-error.ts';

/** What is frozen beside what is trained. */
export interface Frozen {
  /** In the model's order; empty where the whole model is trained. */
  readonly base: Tensors;
  readonly corrections: ReadonlyMap<string, CorrectionNames>;
}

export interface Subject extends Frozen {
  /** In the model's order. */
  readonly trained: Tensors;
}

export const NOTHING_FROZEN: Frozen = { base: new Map(), corrections: new Map() };

/**
 * @param adapter what is trained of the model; undefined: the whole of it
 * @param base safetensors of the frozen model; null where the whole model is trained
 * Throws SafetensorsError; TrainingInputError: base_missing, base_unexpected, and what `conform` throws.
 */
export function subjectOf(
  model: ModelConfig,
  adapter: LoraSpec | undefined,
  checkpoint: Uint8Array,
  base: Uint8Array | null,
): Subject {
  return subjectIn(model, adapter, readSafetensors(checkpoint).tensors, base);
}

/** The same of tensors that have been read. */
export function subjectIn(
  model: ModelConfig,
  adapter: LoraSpec | undefined,
  tensors: Tensors,
  base: Uint8Array | null,
): Subject {
  if (adapter === undefined) {
    if (base !== null) throw new TrainingInputError('base_unexpected', 'no adapter is trained');
    return { ...NOTHING_FROZEN, trained: conform(model, tensors, 'checkpoint') };
  }
  if (base === null) throw new TrainingInputError('base_missing', 'an adapter needs its base');
  const spec = parseLoraSpec(adapter);
  return {
    trained: conformTo(adapterShapes(model, spec), tensors, 'checkpoint'),
    base: conform(model, readSafetensors(base).tensors, 'base'),
    corrections: correctionNames(model, spec),
  };
}

/** The first checkpoint of a run that trains an adapter; `seed` is 32 bytes. */
export const initialAdapterCheckpoint = (
  model: ModelConfig,
  adapter: LoraSpec,
  seed: Uint8Array,
): Uint8Array<ArrayBuffer> => writeSafetensors(initialAdapter(model, adapter, seed));
