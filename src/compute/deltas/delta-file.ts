/**
 * The file of an encoded delta: safetensors, so that any reader of that format opens it.
 *
 *   __metadata__   delta "2" | encoding <encoding.ts, printed> | tensors <table.ts, printed>
 *   tensors        the parts of the encoding (parts.ts), each of one dimension
 *
 * The encoding `raw` is the delta as ever: F32 tensors by their names and no metadata (float-file.ts).
 *
 * What a file says of itself is only compared with what was agreed, never acted on: the encoding, the
 * tensors, and then, byte for byte, the one header that can be written for the sizes of the parts.
 * The data end where it says they end. What the parts hold is checked by who decodes them.
 */
import { SafetensorsError } from '../tensors/safetensors-error.ts';
import { readHeader } from '../tensors/safetensors-header.ts';
import type { PlacedHeader } from '../tensors/safetensors-header.ts';
import { layOutHeader } from '../tensors/safetensors-layout.ts';
import { DeltaError } from './delta-error.ts';
import { printDeltaEncoding } from './encoding.ts';
import type { LossyEncoding } from './encoding.ts';
import { requireHeader } from './float-file.ts';
import { DTYPE_BYTES, partsOf } from './parts.ts';
import type { PartName, Parts } from './parts.ts';
import { printTable } from './table.ts';
import type { Table } from './table.ts';

const VERSION = '2';

export function writeDeltaFile(
  encoding: LossyEncoding,
  table: Table,
  parts: Parts,
): Uint8Array<ArrayBuffer> {
  const header = headerOf(encoding, table, (name) => parts.get(name)!.length);
  const kinds = partsOf(encoding);
  const dataBytes = kinds.reduce((sum, { name }) => sum + parts.get(name)!.length, 0);
  const file = new Uint8Array(header.length + dataBytes);
  file.set(header);
  let at = header.length;
  for (const { name } of kinds) {
    const bytes = parts.get(name)!;
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/** Throws SafetensorsError, or DeltaError for a file that is not one of this encoding and table. */
export function readDeltaFile(encoding: LossyEncoding, table: Table, file: Uint8Array): Parts {
  const header = readHeader(file);
  requireAgreed(header, encoding, table);
  const sizes = sizesOf(header, encoding);
  requireHeader(
    file,
    headerOf(encoding, table, (name) => sizes.get(name)!),
  );
  const parts = new Map<PartName, Uint8Array>();
  let at = header.dataStart;
  for (const [name, size] of sizes) {
    parts.set(name, file.subarray(at, at + size));
    at += size;
  }
  if (at !== file.length) {
    const code = at > file.length ? 'offset_out_of_range' : 'trailing_bytes';
    throw new SafetensorsError(code, `data end at ${at} in a file of ${file.length} bytes`);
  }
  return parts;
}

function requireAgreed({ metadata }: PlacedHeader, encoding: LossyEncoding, table: Table): void {
  const version = metadata.get('delta');
  if (metadata.size > 0 && version !== VERSION) {
    throw new DeltaError('version_unknown', `version ${JSON.stringify(version ?? null)}`);
  }
  if (metadata.get('encoding') !== printDeltaEncoding(encoding)) {
    throw new DeltaError('encoding_mismatch', 'the file is in another encoding than agreed');
  }
  if (metadata.get('tensors') !== printTable(table)) {
    throw new DeltaError('tensors_mismatch', 'the file is of other tensors than agreed');
  }
}

function headerOf(
  encoding: LossyEncoding,
  table: Table,
  byteLength: (name: PartName) => number,
): Uint8Array {
  const metadata = new Map([
    ['delta', VERSION],
    ['encoding', printDeltaEncoding(encoding)],
    ['tensors', printTable(table)],
  ]);
  const laidOut = partsOf(encoding).map(({ name, dtype }) => {
    const bytes = byteLength(name);
    return { name, dtype, shape: [bytes / DTYPE_BYTES[dtype]], byteLength: bytes };
  });
  return layOutHeader(laidOut, metadata);
}

/** Bytes of each part, in the order of the file, as the header has them. */
function sizesOf({ entries }: PlacedHeader, encoding: LossyEncoding): Map<PartName, number> {
  const sizes = new Map<PartName, number>();
  for (const { name } of partsOf(encoding)) {
    const entry = entries.find((candidate) => candidate.name === name);
    if (entry === undefined) throw new DeltaError('part_missing', `there are no ${name}`);
    sizes.set(name, Math.max(0, entry.end - entry.begin));
  }
  return sizes;
}
