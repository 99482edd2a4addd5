/**
 * What each encoding stores, in the order of the file. All parts are lists of one dimension over all
 * tensors and their tiles or blocks, in the order of the table.
 */
import { bytesOf } from '../tensors/tensor.ts';
import { DeltaError } from './delta-error.ts';
import type { LossyEncoding } from './encoding.ts';

export type PartName = 'scales' | 'levels' | 'values' | 'codes' | 'places';
export type Parts = ReadonlyMap<PartName, Uint8Array>;

export interface PartKind {
  readonly name: PartName;
  readonly dtype: 'F32' | 'U8' | 'I8';
}

export const DTYPE_BYTES = { F32: 4, U8: 1, I8: 1 } as const;

/** By alignment descending, then name: where safetensors puts them. */
export function partsOf(encoding: LossyEncoding): readonly PartKind[] {
  switch (encoding.name) {
    case 'int8':
      return encoding.statistic === 'absmax'
        ? [
            { name: 'scales', dtype: 'F32' },
            { name: 'codes', dtype: 'I8' },
          ]
        : [
            { name: 'levels', dtype: 'F32' },
            { name: 'codes', dtype: 'U8' },
          ];
    case 'sparseloco':
      return [
        { name: 'levels', dtype: 'F32' },
        { name: 'codes', dtype: 'U8' },
        { name: 'places', dtype: 'U8' },
      ];
    case 'demo':
      return [
        { name: 'values', dtype: 'F32' },
        { name: 'places', dtype: 'U8' },
      ];
  }
}

/** The part as it lies in the file. Throws DeltaError `part_size_mismatch`. */
export function bytesOfPart(parts: Parts, name: PartName, byteLength: number): Uint8Array {
  const bytes = parts.get(name)!;
  if (bytes.length !== byteLength) {
    throw new DeltaError(
      'part_size_mismatch',
      `${name}: ${bytes.length} bytes where ${byteLength} are wanted`,
    );
  }
  return bytes;
}

/** An aligned copy. Throws DeltaError `part_size_mismatch`. */
export function floatsOfPart(parts: Parts, name: PartName, count: number): Float32Array {
  const bytes = bytesOfPart(parts, name, 4 * count);
  const floats = new Float32Array(count);
  bytesOf(floats).set(bytes);
  return floats;
}
