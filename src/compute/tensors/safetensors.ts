/**
 * safetensors, byte-identical to the reference writer:
 *
 *   u64 LE header length | header: JSON, padded with spaces to 8 | tensor data, little-endian
 *   {"__metadata__":{...},"<name>":{"dtype":"F32","shape":[..],"data_offsets":[begin,end]},...}
 *
 * Tensors are laid out by dtype alignment descending, then name (UTF-8 byte order); with F32 alone,
 * which is all that is written, that is name order. Offsets count from the end of the header, without
 * gap or overlap. What the engine exchanges is read as F32 alone; other float types are for importing
 * models, where their values are f32 exactly. Reading treats the bytes as hostile: every rule broken
 * is a SafetensorsError, nothing is allocated before its size is proved by the file itself. Source:
 * the safetensors README and its Rust reader.
 */
import { SafetensorsError } from './safetensors-error.ts';
import { quoted } from './json-scanner.ts';
import { readHeader } from './safetensors-header.ts';
import type { HeaderEntry } from './safetensors-header.ts';
import { compareUtf8, layOutHeader } from './safetensors-layout.ts';
import { decodeBfloats, decodeHalves } from './small-floats.ts';
import { bytesOf, elementCount } from './tensor.ts';
import type { Tensor, Tensors } from './tensor.ts';

/** How elements of a dtype become f32; `decode` gives false where a value is none. */
interface ElementType {
  readonly bytes: number;
  readonly decode: (data: Float32Array, bytes: Uint8Array) => boolean | void;
}

const F32: ElementType = { bytes: 4, decode: (data, bytes) => bytesOf(data).set(bytes) };
const EXCHANGED: ReadonlyMap<string, ElementType> = new Map([['F32', F32]]);
const IMPORTED: ReadonlyMap<string, ElementType> = new Map([
  ['F32', F32],
  ['F16', { bytes: 2, decode: decodeHalves }],
  ['BF16', { bytes: 2, decode: decodeBfloats }],
  ['F64', { bytes: 8, decode: decodeDoubles }],
]);

const KNOWN_DTYPES = new Set(
  'BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 I16 U16 F16 BF16 I32 U32 F32 C64 F64 I64 U64'.split(
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
  const parts = sorted.map(([name, { shape, data }]) => {
    return { name, dtype: 'F32', shape, byteLength: data.byteLength };
  });
  const header = layOutHeader(parts, metadata);
  const dataBytes = sorted.reduce((sum, [, tensor]) => sum + tensor.data.byteLength, 0);
  const file = new Uint8Array(header.length + dataBytes);
  file.set(header);
  let at = header.length;
  for (const [, tensor] of sorted) {
    file.set(bytesOf(tensor.data), at);
    at += tensor.data.byteLength;
  }
  return file;
}

/** Reads an F32 file; throws SafetensorsError for anything else. */
export function readSafetensors(file: Uint8Array): SafetensorsFile {
  return readAs(EXCHANGED, file);
}

/**
 * Reads a file of F32, F16, BF16 and F64 tensors as f32 of the same values; an F64 value that is no
 * f32 is refused (`value_not_exact`), as a NaN is. Throws SafetensorsError.
 */
export function importSafetensors(file: Uint8Array): SafetensorsFile {
  return readAs(IMPORTED, file);
}

function readAs(types: ReadonlyMap<string, ElementType>, file: Uint8Array): SafetensorsFile {
  const { metadata, entries, dataStart } = readHeader(file);
  const ordered = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  const dataBytes = file.length - dataStart;
  let reached = 0;
  for (const entry of ordered) {
    reached = checkEntry(entry, elementType(types, entry), reached, dataBytes);
  }
  if (reached !== dataBytes) {
    throw new SafetensorsError(
      'trailing_bytes',
      `${dataBytes - reached} bytes after the last tensor`,
    );
  }
  const tensors = new Map<string, Tensor>();
  for (const entry of ordered) {
    const { name, shape, begin, end } = entry;
    const type = elementType(types, entry);
    const data = new Float32Array((end - begin) / type.bytes);
    if (type.decode(data, file.subarray(dataStart + begin, dataStart + end)) === false) {
      throw failure(entry, 'value_not_exact', 'it holds a value that is no f32');
    }
    tensors.set(name, { shape, data });
  }
  return { tensors, metadata };
}

/** Little-endian doubles, if each of them is an f32. */
function decodeDoubles(data: Float32Array, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < data.length; i += 1) {
    const value = view.getFloat64(8 * i, true);
    data[i] = value;
    if (data[i] !== value) return false;
  }
  return true;
}

function failure(
  { name }: HeaderEntry,
  code: SafetensorsError['code'],
  what: string,
): SafetensorsError {
  return new SafetensorsError(code, `tensor ${quoted(name)}: ${what}`);
}

function elementType(types: ReadonlyMap<string, ElementType>, entry: HeaderEntry): ElementType {
  const type = types.get(entry.dtype);
  if (type !== undefined) return type;
  if (KNOWN_DTYPES.has(entry.dtype)) {
    throw failure(entry, 'dtype_unsupported', `${entry.dtype} is not read here`);
  }
  throw failure(entry, 'tensor_entry_invalid', 'unknown dtype');
}

/** Checks one entry that must begin at `at`; returns where it ends. */
function checkEntry(
  entry: HeaderEntry,
  { bytes }: ElementType,
  at: number,
  dataBytes: number,
): number {
  const { shape, begin, end } = entry;
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count * bytes)) {
    throw failure(entry, 'shape_too_large', 'more than 2^53 bytes');
  }
  if (end - begin !== count * bytes) {
    throw failure(entry, 'size_mismatch', `${end - begin} bytes for ${count} elements`);
  }
  if (begin < at) throw failure(entry, 'offset_overlap', `begins at ${begin}, ${at} is taken`);
  if (begin > at) throw failure(entry, 'offset_gap', `begins at ${begin}, ${at} is free`);
  if (end > dataBytes) {
    throw failure(entry, 'offset_out_of_range', `ends at ${end} of ${dataBytes}`);
  }
  return end;
}
