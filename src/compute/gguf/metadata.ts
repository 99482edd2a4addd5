/**
 * Key-value pairs of a GGUF file: u64-prefixed key, u32 type, value. An array is u32 element type, u64
 * count, elements. Source: docs/gguf.md of ggml.
 */
import { quoted } from '../tensors/json-scanner.ts';
import type { Cursor } from './cursor.ts';
import { GgufError } from './gguf-error.ts';

/** u64 and i64 are bigint, other numbers are number. */
export type GgufValue = number | bigint | boolean | string | GgufArray;

export interface GgufArray {
  /** Type of its elements. */
  readonly of: ValueType;
  readonly values: readonly GgufValue[];
}

export interface GgufField {
  readonly type: ValueType;
  readonly value: GgufValue;
}

/** By the number that stands for it in the file. */
const VALUE_TYPES = [
  'u8',
  'i8',
  'u16',
  'i16',
  'u32',
  'i32',
  'f32',
  'bool',
  'string',
  'array',
  'u64',
  'i64',
  'f64',
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

/** Fewest bytes of a value. */
const BYTES: Readonly<Record<ValueType, number>> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  bool: 1,
  string: 8,
  array: 12,
  u64: 8,
  i64: 8,
  f64: 8,
};

/** The format sets no limit, its readers know one level. */
export const NESTING_MAX = 4;
/** Empty key, type, one byte. */
export const PAIR_BYTES_MIN = 13;

export function readMetadata(cursor: Cursor, pairs: number): ReadonlyMap<string, GgufField> {
  const fields = new Map<string, GgufField>();
  for (let pair = 0; pair < pairs; pair += 1) {
    const key = cursor.text();
    if (fields.has(key)) {
      throw new GgufError('key_duplicate', `two values for ${quoted(key)}`);
    }
    const type = readType(cursor);
    fields.set(key, { type, value: readValue(cursor, type, 0) });
  }
  return fields;
}

function readType(cursor: Cursor): ValueType {
  const number = cursor.u32();
  const type = VALUE_TYPES[number];
  if (type === undefined) throw new GgufError('value_invalid', `no value type ${number}`);
  return type;
}

function readValue(cursor: Cursor, type: ValueType, depth: number): GgufValue {
  if (type === 'array') return readArray(cursor, depth + 1);
  if (type === 'string') return cursor.text();
  const { view, at } = cursor.take(BYTES[type]);
  switch (type) {
    case 'u8':
      return view.getUint8(at);
    case 'i8':
      return view.getInt8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 'i16':
      return view.getInt16(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 'i32':
      return view.getInt32(at, true);
    case 'f32':
      return view.getFloat32(at, true);
    case 'f64':
      return view.getFloat64(at, true);
    case 'u64':
      return view.getBigUint64(at, true);
    case 'i64':
      return view.getBigInt64(at, true);
    case 'bool':
      return readBool(view.getUint8(at));
  }
}

function readBool(byte: number): boolean {
  if (byte > 1) throw new GgufError('value_invalid', `a bool of ${byte}`);
  return byte === 1;
}

function readArray(cursor: Cursor, depth: number): GgufArray {
  if (depth > NESTING_MAX) {
    throw new GgufError('nesting_too_deep', `arrays nest deeper than ${NESTING_MAX}`);
  }
  const of = readType(cursor);
  const count = cursor.count(BYTES[of], `elements of ${of}`);
  const values: GgufValue[] = [];
  for (let i = 0; i < count; i += 1) values.push(readValue(cursor, of, depth));
  return { of, values };
}
