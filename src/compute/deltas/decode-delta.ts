/** Decodes the file of a delta whose encoding and tensors were agreed. Its bytes are hostile. */
import type { DeltaKernels } from '../kernels.ts';
import { readHeader } from '../tensors/safetensors-header.ts';
import type { Shape, Tensors } from '../tensors/tensor.ts';
import { readDeltaFile } from './delta-file.ts';
import { DeltaError } from './delta-error.ts';
import { decodeDemo } from './demo.ts';
import { parseDeltaEncoding } from './encoding.ts';
import type { DeltaEncoding, LossyEncoding } from './encoding.ts';
import { readFloatFile } from './float-file.ts';
import { decodeAbsmax } from './int8-absmax.ts';
import { decodeBins } from './int8-bins.ts';
import type { Parts } from './parts.ts';
import { plainDeltas } from './plain-deltas.ts';
import { decodeSparseloco } from './sparseloco.ts';
import { inNameOrder, printTable } from './table.ts';
import type { Table } from './table.ts';

/** What a delta must be: fixed by the run before any delta of it is read. */
export interface DeltaTerms {
  readonly encoding: DeltaEncoding;
  /** Of the model's tensors by name, in any order (model/parameters.ts: parameterShapes). */
  readonly shapes: ReadonlyMap<string, Shape>;
}

/**
 * The tensors in UTF-8 order of their names, all finite. Nothing is allocated beyond the size of the
 * file and of the agreed tensors.
 *
 * `kernels` are a backend's, to the same bits. Throws DeltaError: encoding_mismatch and tensors_mismatch for a delta on other terms, and what is
 * wrong with its content; SafetensorsError; TrainingInputError: spec_invalid of the terms,
 * value_not_finite in a raw delta.
 */
export function decodeDelta(
  terms: DeltaTerms,
  file: Uint8Array,
  kernels: DeltaKernels = plainDeltas,
): Tensors {
  const encoding = parseDeltaEncoding(terms.encoding);
  const table = inNameOrder(terms.shapes);
  if (encoding.name === 'raw') return decodeRaw(table, file);
  return decodeParts(encoding, table, readDeltaFile(encoding, table, file), kernels);
}

function decodeRaw(table: Table, file: Uint8Array): Tensors {
  const { metadata, entries } = readHeader(file);
  if (metadata.size > 0) {
    throw new DeltaError('encoding_mismatch', 'a raw delta has no metadata');
  }
  const found = inNameOrder(new Map(entries.map(({ name, shape }) => [name, shape])));
  if (printTable(found) !== printTable(table)) {
    throw new DeltaError('tensors_mismatch', 'the file is of other tensors than agreed');
  }
  return readFloatFile(table, file, 'delta');
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
