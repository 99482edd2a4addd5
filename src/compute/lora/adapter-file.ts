/**
 * An adapter as a safetensors file that PEFT reads (`adapter_model.safetensors`): tensors by PEFT's
 * names, and metadata that make it whole by itself. PEFT takes rank, alpha and targets from a file
 * beside it; here they are in the metadata, with the digest of the base it was trained on.
 *
 *   base <digest, hex> | format "pt" | lora {"rank":..,"alpha":..,"targets":[..]}
 */
import type { ModelConfig } from '../model/config.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { TrainingInputError } from '../training-input-error.ts';
import { conformAdapter } from './adapter.ts';
import { parseLoraSpec } from './spec.ts';
import type { LoraSpec } from './spec.ts';

export interface LoraAdapter {
  readonly spec: LoraSpec;
  readonly tensors: Tensors;
  /** Digest of the base checkpoint, in hex. */
  readonly base: string;
}

export function writeAdapter({ spec, tensors, base }: LoraAdapter): Uint8Array<ArrayBuffer> {
  const { rank, alpha, targets } = spec;
  const metadata = new Map([
    ['format', 'pt'],
    ['lora', JSON.stringify({ rank, alpha, targets })],
    ['base', base],
  ]);
  return writeSafetensors(tensors, metadata);
}

/**
 * Throws SafetensorsError; TrainingInputError: spec_invalid where the metadata say no specification,
 * tensor_missing, tensor_unexpected, shape_mismatch, value_not_finite.
 */
export function readAdapter(model: ModelConfig, file: Uint8Array): LoraAdapter {
  const { tensors, metadata } = readSafetensors(file);
  const base = metadata.get('base') ?? '';
  if (!/^[0-9a-f]{64}$/.test(base)) {
    throw new TrainingInputError('spec_invalid', 'the adapter names no digest of its base');
  }
  const spec = parseLoraSpec(parsed(metadata.get('lora') ?? ''));
  return { spec, tensors: conformAdapter(model, spec, tensors), base };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TrainingInputError('spec_invalid', 'the adapter carries no LoRA specification');
  }
}
