/**
 * Feedback as committed state: safetensors of F32 by the names and shapes of the delta, in the
 * writer's own spelling and without metadata, so that one feedback has one digest.
 */
import { conformTo } from '../model/parameters.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { requireCanonical } from './delta-file.ts';
import type { Table } from './table.ts';

/**
 * In the table's order. Throws SafetensorsError; TrainingInputError: tensor_missing,
 * tensor_unexpected, shape_mismatch, value_not_finite; DeltaError `not_canonical`.
 */
export function readFeedback(table: Table, file: Uint8Array): Tensors {
  const { tensors } = readSafetensors(file);
  const kept = conformTo(table, tensors, 'feedback');
  requireCanonical(file, writeSafetensors(kept));
  return kept;
}
