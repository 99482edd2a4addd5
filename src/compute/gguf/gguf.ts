/**
 * GGUF, versions 2 and 3, little-endian, for importing models made elsewhere:
 *
 *   "GGUF" | u32 version | u64 tensors | u64 pairs | pairs (metadata.ts)
 *   per tensor: name, u32 dimensions, u64 sizes (innermost first), u32 type, u64 offset
 *   padding to the alignment (general.alignment, 32 by default) | tensors, each so padded
 *
 * Tensors lie in the order of their entries, without gap or overlap, as llama.cpp demands; the last
 * one's padding may be missing. Reading treats the bytes as hostile: every rule broken is a GgufError
 * and what is made is linear in the file's size. Source: docs/gguf.md and gguf.cpp of ggml.
 */
import { quoted } from '../tensors/json-scanner.ts';
import { elementCount } from '../tensors/tensor.ts';
import type { Shape, Tensor, Tensors } from '../tensors/tensor.ts';
import { Cursor } from './cursor.ts';
import { GGUF_ELEMENT_TYPES } from './dequantize.ts';
import type { GgufElementType } from './dequantize.ts';
import { GgufError } from './gguf-error.ts';
import { PAIR_BYTES_MIN, readMetadata } from './metadata.ts';
import type { GgufField } from './metadata.ts';

const MAGIC = 0x46554747; // "GGUF", read as little-endian
const ALIGNMENT_DEFAULT = 32;
const DIMENSIONS_MAX = 4;
/** Empty name, no dimension. */
const ENTRY_BYTES_MIN = 24;

export interface GgufFile {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufField>;
  /** In the order of the file, as f32; shapes outermost dimension first, as everywhere here. */
  readonly tensors: Tensors;
  /** Element type in the file by tensor: F32, F16, BF16, Q8_0 or Q4_0. */
  readonly elementTypes: ReadonlyMap<string, string>;
}

interface Entry {
  readonly name: string;
  readonly shape: Shape;
  readonly type: GgufElementType;
  readonly offset: bigint;
}

/** Throws GgufError. */
export function readGguf(file: Uint8Array): GgufFile {
  const cursor = new Cursor(file);
  if (file.length < 4 || cursor.u32() !== MAGIC) {
    throw new GgufError('not_gguf', 'the file does not begin with GGUF');
  }
  const version = cursor.u32();
  if (version !== 2 && version !== 3) {
    throw new GgufError('version_unsupported', `version ${version}, or another byte order`);
  }
  const tensorCount = cursor.count(ENTRY_BYTES_MIN, 'tensors');
  const metadata = readMetadata(cursor, cursor.count(PAIR_BYTES_MIN, 'pairs'));
  const entries = readEntries(cursor, tensorCount);
  const alignment = alignmentOf(metadata);
  const dataStart = aligned(cursor.at, alignment);
  const data = file.subarray(Math.min(dataStart, file.length));
  const placed = placeAll(entries, alignment, data.length);
  const tensors = new Map<string, Tensor>();
  for (const { entry, begin, end } of placed) {
    const values = new Float32Array(elementCount(entry.shape));
    entry.type.decode(values, data.subarray(begin, end));
    tensors.set(entry.name, { shape: entry.shape, data: values });
  }
  const elementTypes = new Map(entries.map(({ name, type }) => [name, type.name]));
  return { version, metadata, tensors, elementTypes };
}

function alignmentOf(metadata: ReadonlyMap<string, GgufField>): number {
  const field = metadata.get('general.alignment');
  if (field === undefined) return ALIGNMENT_DEFAULT;
  const value = field.type === 'u32' ? Number(field.value) : 0;
  if (value === 0 || (value & (value - 1)) !== 0) {
    throw new GgufError('alignment_invalid', 'general.alignment is no power of two of type u32');
  }
  return value;
}

const aligned = (at: number, alignment: number): number => Math.ceil(at / alignment) * alignment;

function readEntries(cursor: Cursor, count: number): Entry[] {
  const names = new Set<string>();
  const entries: Entry[] = [];
  for (let index = 0; index < count; index += 1) {
    const entry = readEntry(cursor);
    if (names.has(entry.name)) throw failure(entry, 'name_duplicate', 'it is there twice');
    names.add(entry.name);
    entries.push(entry);
  }
  return entries;
}

function readEntry(cursor: Cursor): Entry {
  const name = cursor.text();
  const dimensions = cursor.u32();
  if (dimensions > DIMENSIONS_MAX) {
    throw failure({ name }, 'shape_invalid', `${dimensions} dimensions`);
  }
  const sizes = Array.from({ length: dimensions }, () => {
    const size = cursor.u64();
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw failure({ name }, 'shape_too_large', `a dimension of ${size}`);
    }
    return Number(size);
  });
  const number = cursor.u32();
  const type = GGUF_ELEMENT_TYPES.get(number);
  if (type === undefined) {
    throw failure({ name }, 'type_unsupported', `element type ${number} is not read here`);
  }
  if ((sizes[0] ?? 1) % type.blockElements !== 0) {
    throw failure({ name }, 'shape_invalid', `rows are no whole blocks of ${type.name}`);
  }
  return { name, shape: sizes.toReversed(), type, offset: cursor.u64() };
}

interface Placed {
  readonly entry: Entry;
  readonly begin: number;
  readonly end: number;
}

/** Where each tensor's bytes lie in the data, all of it accounted for. */
function placeAll(entries: readonly Entry[], alignment: number, dataBytes: number): Placed[] {
  let at = 0;
  const placed = entries.map((entry) => {
    const begin = at;
    const bytes = bytesIn(entry);
    if (entry.offset % BigInt(alignment) !== 0n) {
      throw failure(entry, 'offset_misaligned', `begins at ${entry.offset}`);
    }
    if (entry.offset < BigInt(begin)) {
      throw failure(entry, 'offset_overlap', `begins at ${entry.offset}, ${begin} is taken`);
    }
    if (entry.offset > BigInt(begin)) {
      throw failure(entry, 'offset_gap', `begins at ${entry.offset}, ${begin} is free`);
    }
    if (begin + bytes > dataBytes) {
      throw failure(entry, 'offset_out_of_range', `ends at ${begin + bytes} of ${dataBytes}`);
    }
    at = aligned(begin + bytes, alignment);
    return { entry, begin, end: begin + bytes };
  });
  if (dataBytes > at) {
    throw new GgufError('trailing_bytes', `${dataBytes - at} bytes after the last tensor`);
  }
  return placed;
}

function bytesIn(entry: Entry): number {
  const { blockElements, blockBytes } = entry.type;
  const bytes = (elementCount(entry.shape) / blockElements) * blockBytes;
  // Elements too: their f32 take up to eight times the bytes.
  if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(elementCount(entry.shape))) {
    throw failure(entry, 'shape_too_large', 'more than 2^53 bytes');
  }
  return bytes;
}

function failure({ name }: Pick<Entry, 'name'>, code: GgufError['code'], what: string): GgufError {
  return new GgufError(code, `tensor ${quoted(name)}: ${what}`);
}
