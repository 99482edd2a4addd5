/**
 * Strict reader of the safetensors header: one JSON object of tensor entries plus an optional
 * `__metadata__` object of strings, spaces allowed around tokens and after the end.
 */
import { expectEnd, members, parseSizes, parseString, peek, quoted } from './json-scanner.ts';
import type { Scanner } from './json-scanner.ts';
import { SafetensorsError } from './safetensors-error.ts';

export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  readonly entries: readonly HeaderEntry[];
}

/** Limit of the reference reader. */
const HEADER_BYTES_MAX = 100_000_000;

export interface PlacedHeader extends Header {
  /** Where the data begin in the file. */
  readonly dataStart: number;
}

/** Throws SafetensorsError. What the entries say of the data is not checked here. */
export function readHeader(file: Uint8Array): PlacedHeader {
  const dataStart = 8 + headerLength(file);
  return { ...parseHeader(decodeUtf8(file.subarray(8, dataStart))), dataStart };
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

function parseHeader(text: string): Header {
  const scanner: Scanner = { text, at: 0, error: notJson };
  const entries = new Map<string, HeaderEntry>();
  let metadata: ReadonlyMap<string, string> | undefined;
  if (text[0] !== '{') throw notJson(0, 'an object from the first byte on');
  members(scanner, (name) => {
    if (entries.has(name) || (name === '__metadata__' && metadata !== undefined)) {
      throw new SafetensorsError('name_duplicate', `two header entries are named ${quoted(name)}`);
    }
    if (name === '__metadata__') metadata = parseMetadata(scanner);
    else entries.set(name, parseEntry(scanner, name));
  });
  expectEnd(scanner);
  return { metadata: metadata ?? new Map(), entries: [...entries.values()] };
}

function parseMetadata(scanner: Scanner): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (peek(scanner) !== '{') throw metadataError('it is not an object');
  members(scanner, (key) => {
    if (metadata.has(key)) throw metadataError(`the key ${quoted(key)} is doubled`);
    if (peek(scanner) !== '"') throw metadataError(`the value of ${quoted(key)} is not a string`);
    metadata.set(key, parseString(scanner));
  });
  return metadata;
}

function parseEntry(scanner: Scanner, name: string): HeaderEntry {
  const invalid = (what: string): SafetensorsError =>
    new SafetensorsError('tensor_entry_invalid', `tensor ${quoted(name)}: ${what}`);
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  if (peek(scanner) !== '{') throw invalid('its entry is not an object');
  members(scanner, (key) => {
    const next = peek(scanner);
    if (key === 'dtype' && dtype === undefined && next === '"') dtype = parseString(scanner);
    else if (key === 'shape' && shape === undefined && next === '[') shape = parseSizes(scanner);
    else if (key === 'data_offsets' && offsets === undefined && next === '[') {
      offsets = parseSizes(scanner);
    } else throw invalid(`the member ${quoted(key)} is unknown, doubled or of the wrong type`);
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    throw invalid('dtype, shape and data_offsets must all be there');
  }
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || offsets.length !== 2) {
    throw invalid('data_offsets must be [begin, end]');
  }
  return { name, dtype, shape, begin, end };
}

function notJson(at: number, wanted: string): SafetensorsError {
  const message = `header, character ${at}: expected ${wanted}`;
  return new SafetensorsError('header_not_json', message);
}

function metadataError(what: string): SafetensorsError {
  return new SafetensorsError('metadata_invalid', `__metadata__: ${what}`);
}
