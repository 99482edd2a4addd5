/**
 * A safetensors file of F32 by agreed names and shapes, in the writer's own spelling and without
 * metadata, so that one content has one digest: raw deltas, and feedback as committed state.
 *
 * Only the header is compared with the one that would be written: in that layout the data can lie in
 * one way alone.
 */
import { conformTo } from '../model/parameters.ts';
import { layOutHeader } from '../tensors/safetensors-layout.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import { elementCount } from '../tensors/tensor.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { DeltaError } from './delta-error.ts';
import type { Table } from './table.ts';

/**
 * In the table's order; `what` names the file in errors. Throws SafetensorsError; TrainingInputError:
 * tensor_missing, tensor_unexpected, shape_mismatch, value_not_finite; DeltaError `not_canonical`.
 */
export function readFloatFile(table: Table, file: Uint8Array, what: string): Tensors {
  const tensors = conformTo(table, readSafetensors(file).tensors, what);
  const laidOut = [...table].map(([name, shape]) => {
    return { name, dtype: 'F32', shape, byteLength: 4 * elementCount(shape) };
  });
  requireHeader(file, layOutHeader(laidOut, new Map()));
  return tensors;
}

/** Throws DeltaError `not_canonical` unless the file begins with these bytes. */
export function requireHeader(file: Uint8Array, wanted: Uint8Array): void {
  let same = file.length >= wanted.length;
  for (let i = 0; same && i < wanted.length; i += 1) same = file[i] === wanted[i];
  if (!same) throw new DeltaError('not_canonical', 'the same is written otherwise');
}
