/**
 * The file of an encoded delta: safetensors, so that any reader of that format opens it.
 *
 *   __metadata__   delta "1" | encoding <encoding.ts, printed> | tensors <table.ts, printed>
 *   tensors        the parts of the encoding (parts.ts), each of one dimension
 *
 * The encoding `raw` is the delta as ever: F32 tensors by their names and no metadata.
 *
 * One content has one file. The header is read, and must then be, byte for byte, the one that would
 * be written for what it says; the data end where it says they end. What the parts hold is checked
 * by who decodes them.
 */
import { SafetensorsError } from '../tensors/safetensors-error.ts';
import { readHeader } from '../tensors/safetensors-header.ts';
import type { PlacedHeader } from '../tensors/safetensors-header.ts';
import { layOutHeader } from '../tensors/safetensors-layout.ts';
import { TrainingInputError } from '../training-input-error.ts';
import { DeltaError } from './delta-error.ts';
import { parseDeltaEncoding, printDeltaEncoding } from './encoding.ts';
import type { LossyEncoding } from './encoding.ts';
import { DTYPE_BYTES, partsOf } from './parts.ts';
import type { PartName, Parts } from './parts.ts';
import { parseTable, printTable } from './table.ts';
import type { Table } from './table.ts';

const VERSION = '1';

export interface DeltaFile {
  readonly encoding: LossyEncoding;
  readonly table: Table;
  readonly parts: Parts;
}

export function writeDeltaFile({ encoding, table, parts }: DeltaFile): Uint8Array<ArrayBuffer> {
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

/** Null: the file has no metadata, so it is a raw delta. Throws SafetensorsError for no header. */
export function readDeltaFile(file: Uint8Array, elementsMax: number): DeltaFile | null {
  const header = readHeader(file);
  if (header.metadata.size === 0) return null;
  const version = header.metadata.get('delta');
  if (version !== VERSION) {
    throw new DeltaError('version_unknown', `version ${JSON.stringify(version ?? null)}`);
  }
  const encoding = encodingOf(header.metadata.get('encoding') ?? '');
  const table = parseTable(header.metadata.get('tensors') ?? '', elementsMax);
  const sizes = sizesOf(header, encoding);
  requireCanonical(
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
  return { encoding, table, parts };
}

/** Throws DeltaError `not_canonical` unless the file begins with these bytes. */
export function requireCanonical(file: Uint8Array, wanted: Uint8Array): void {
  let same = file.length >= wanted.length;
  for (let i = 0; same && i < wanted.length; i += 1) same = file[i] === wanted[i];
  if (!same) throw new DeltaError('not_canonical', 'the same is written otherwise');
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

function encodingOf(text: string): LossyEncoding {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TrainingInputError('spec_invalid', 'delta encoding: it is not JSON');
  }
  const encoding = parseDeltaEncoding(value);
  if (encoding.name !== 'raw') return encoding;
  throw new TrainingInputError('spec_invalid', 'delta encoding: a raw delta has no metadata');
}
