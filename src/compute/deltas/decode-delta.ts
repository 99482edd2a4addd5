/** Decodes the file of a delta in any encoding; the file says which. Its bytes are hostile. */
import type { DeltaKernels } from '../kernels.ts';
import { conformTo } from '../model/parameters.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { readDeltaFile, requireCanonical } from './delta-file.ts';
import { DeltaError } from './delta-error.ts';
import { decodeDemo } from './demo.ts';
import type { DeltaEncoding, LossyEncoding } from './encoding.ts';
import { decodeAbsmax } from './int8-absmax.ts';
import { decodeBins } from './int8-bins.ts';
import type { Parts } from './parts.ts';
import { plainDeltas } from './plain-deltas.ts';
import { decodeSparseloco } from './sparseloco.ts';
import { tableOf } from './table.ts';
import type { Table } from './table.ts';

export interface DecodedDelta {
  readonly encoding: DeltaEncoding;
  readonly tensors: Tensors;
}

/**
 * A file of kilobytes may stand for gigabytes of zeros: nothing is allocated for more than
 * `elementsMax` elements, which a caller takes from the model. Names, shapes and the encoding are
 * the file's claim; the caller compares them with what was agreed.
 *
 * Throws SafetensorsError; TrainingInputError: spec_invalid, and value_not_finite in a raw delta;
 * DeltaError. What it gives is finite.
 */
export function decodeDelta(
  file: Uint8Array,
  elementsMax: number,
  kernels: DeltaKernels = plainDeltas,
): DecodedDelta {
  const delta = readDeltaFile(file, elementsMax);
  if (delta === null) return { encoding: { name: 'raw' }, tensors: readRaw(file, elementsMax) };
  const { encoding, table, parts } = delta;
  return { encoding, tensors: decodeParts(encoding, table, parts, kernels) };
}

/** Takes no more memory than the file itself, so that elements may be counted afterwards. */
function readRaw(file: Uint8Array, elementsMax: number): Tensors {
  const { tensors } = readSafetensors(file);
  conformTo(tableOf(tensors), tensors, 'delta');
  requireCanonical(file, writeSafetensors(tensors));
  let elements = 0;
  for (const { data } of tensors.values()) elements += data.length;
  if (elements <= elementsMax) return tensors;
  throw new DeltaError('delta_too_large', `more than ${elementsMax} elements`);
}

/** Throws DeltaError where the parts do not hold what the encoding would put there. */
export function decodeParts(
  encoding: LossyEncoding,
  table: Table,
  parts: Parts,
  kernels: DeltaKernels,
): Tensors {
  switch (encoding.name) {
    case 'int8':
      return encoding.statistic === 'absmax'
        ? decodeAbsmax(encoding.block, table, parts, kernels)
        : decodeBins(encoding.block, table, parts);
    case 'sparseloco':
      return decodeSparseloco(encoding, table, parts);
    case 'demo':
      return decodeDemo(encoding, table, parts, kernels);
  }
}
