/**
 * safetensors, byte-identical to the reference writer:
 *
 *   u64 LE header length | header: JSON, padded with spaces to 8 | tensor data, little-endian
 *   {"__metadata__":{...},"<name>":{"dtype":"F32","shape":[..],"data_offsets":[begin,end]},...}
 *
 * Tensors are laid out by dtype alignment descending, then name (UTF-8 byte order); with F32 alone
 * that is name order. Offsets count from the end of the header, without gap or overlap. Reading
 * treats the bytes as hostile: every rule broken is a SafetensorsError, nothing is allocated before
 * its size is proved by the file itself. Source: the safetensors README and its Rust reader.
 */
import { SafetensorsError } from './safetensors-error.ts';
import { parseHeader } from './safetensors-header.ts';
import type { HeaderEntry } from './safetensors-header.ts';
import { bytesOf, elementCount } from './tensor.ts';
import type { Tensor, Tensors } from './tensor.ts';

/** Limit of the reference reader. */
export const HEADER_BYTES_MAX = 100_000_000;

const FOREIGN_DTYPES = new Set(
  'BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 I16 U16 F16 BF16 I32 U32 C64 F64 I64 U64'.split(
    ' ',
  ),
);

export interface SafetensorsFile {
  /** In the order of the file. Data are copies, aligned and independent of the input. */
  readonly tensors: Tensors;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The file of these tensors; `metadata` keys are written in UTF-8 byte order. */
export function writeSafetensors(
  tensors: Tensors,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort(([a], [b]) => compareUtf8(a, b));
  const header = headerBytes(sorted, metadata);
  const dataBytes = sorted.reduce((sum, [, tensor]) => sum + tensor.data.byteLength, 0);
  const file = new Uint8Array(8 + header.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let at = 8 + header.length;
  for (const [, tensor] of sorted) {
    file.set(bytesOf(tensor.data), at);
    at += tensor.data.byteLength;
  }
  return file;
}

function headerBytes(
  sorted: readonly (readonly [string, Tensor])[],
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const members: string[] = [];
  if (metadata.size > 0) {
    const pairs = [...metadata].sort(([a], [b]) => compareUtf8(a, b));
    const inner = pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    members.push(`"__metadata__":{${inner.join(',')}}`);
  }
  let begin = 0;
  for (const [name, { shape, data }] of sorted) {
    const end = begin + data.byteLength;
    members.push(
      `${JSON.stringify(name)}:{"dtype":"F32","shape":[${shape.join(',')}],"data_offsets":[${begin},${end}]}`,
    );
    begin = end;
  }
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  return padded;
}

/** Reads an F32 file; throws SafetensorsError for anything else. */
export function readSafetensors(file: Uint8Array): SafetensorsFile {
  const dataStart = 8 + headerLength(file);
  const { metadata, entries } = parseHeader(decodeUtf8(file.subarray(8, dataStart)));
  const ordered = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  const dataBytes = file.length - dataStart;
  const reached = ordered.reduce((at, entry) => checkEntry(entry, at, dataBytes), 0);
  if (reached !== dataBytes) {
    throw new SafetensorsError(
      'trailing_bytes',
      `${dataBytes - reached} bytes after the last tensor`,
    );
  }
  const tensors = new Map<string, Tensor>();
  for (const { name, shape, begin, end } of ordered) {
    const data = new Float32Array((end - begin) / 4);
    bytesOf(data).set(file.subarray(dataStart + begin, dataStart + end));
    tensors.set(name, { shape, data });
  }
  return { tensors, metadata };
}

function headerLength(file: Uint8Array): number {
  if (file.length < 8) {
    throw new SafetensorsError('file_too_short', `${file.length} bytes hold no header length`);
  }
  const length = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(HEADER_BYTES_MAX)) {
    throw new SafetensorsError('header_too_large', `header of ${length} bytes`);
  }
  if (length > BigInt(file.length - 8)) {
    throw new SafetensorsError(
      'header_beyond_file',
      `header of ${length} bytes in a file of ${file.length}`,
    );
  }
  return Number(length);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SafetensorsError('header_not_utf8', 'the header is not UTF-8');
  }
}

/** Checks one entry that must begin at `at`; returns where it ends. */
function checkEntry(entry: HeaderEntry, at: number, dataBytes: number): number {
  const { name, dtype, shape, begin, end } = entry;
  const fail = (code: SafetensorsError['code'], what: string): SafetensorsError =>
    new SafetensorsError(code, `tensor ${JSON.stringify(name.slice(0, 80))}: ${what}`);
  if (dtype !== 'F32') {
    if (FOREIGN_DTYPES.has(dtype)) throw fail('dtype_unsupported', `${dtype} is not read here`);
    throw fail('tensor_entry_invalid', 'unknown dtype');
  }
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count)) throw fail('shape_too_large', 'more than 2^53 elements');
  if (end - begin !== count * 4) {
    throw fail('size_mismatch', `${end - begin} bytes for ${count} elements`);
  }
  if (begin < at) throw fail('offset_overlap', `begins at ${begin}, ${at} is taken`);
  if (begin > at) throw fail('offset_gap', `begins at ${begin}, ${at} is free`);
  if (end > dataBytes) throw fail('offset_out_of_range', `ends at ${end} of ${dataBytes}`);
  return end;
}

/** UTF-8 byte order equals code point order. */
function compareUtf8(a: string, b: string): number {
  const x = [...a];
  const y = [...b];
  for (let i = 0; i < x.length && i < y.length; i += 1) {
    const difference = x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}
