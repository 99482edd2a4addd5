/**
 * RFC 8785 canonical JSON: the one byte form of a value that two parties can both sign and hash.
 * Members sorted by the UTF-16 code units of their names, numbers as ECMAScript prints an IEEE 754
 * double, strings with the shortest escapes, no white space. Invariant: what has no canonical form
 * (NaN, infinities, undefined, lone surrogates, class instances with their own tag, cycles) throws
 * `CanonicalJsonError`; it is never written as something else.
 */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** Levels of arrays and objects; also what stops a cycle. */
export const MAX_JSON_DEPTH = 512;

export type CanonicalJsonErrorCode =
  'json_number_not_finite' | 'json_lone_surrogate' | 'json_unsupported_value' | 'json_too_deep';

export class CanonicalJsonError extends Error {
  override readonly name = 'CanonicalJsonError';
  readonly code: CanonicalJsonErrorCode;

  constructor(code: CanonicalJsonErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** @throws CanonicalJsonError for a value that is not JSON. */
export function canonicalJson(value: JsonValue): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      return writeNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= MAX_JSON_DEPTH) {
        throw new CanonicalJsonError(
          'json_too_deep',
          `nested deeper than ${MAX_JSON_DEPTH} levels`,
        );
      }
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1);
    default:
      throw new CanonicalJsonError('json_unsupported_value', `JSON has no ${typeof value}`);
  }
}

function writeString(value: string): string {
  if (!value.isWellFormed()) {
    throw new CanonicalJsonError('json_lone_surrogate', 'a string holds half a surrogate pair');
  }
  // For well-formed strings ECMAScript's quoting is RFC 8785's (section 3.2.2.2).
  return JSON.stringify(value);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) {
    throw new CanonicalJsonError('json_number_not_finite', `JSON has no ${String(value)}`);
  }
  return String(value === 0 ? 0 : value);
}

function writeArray(value: readonly unknown[], depth: number): string {
  let text = '[';
  // By index, so that a hole in a sparse array is met as undefined and refused.
  for (let index = 0; index < value.length; index++) {
    if (index > 0) text += ',';
    text += write(value[index], depth);
  }
  return `${text}]`;
}

function writeObject(value: object, depth: number): string {
  if (Object.prototype.toString.call(value) !== '[object Object]') {
    throw new CanonicalJsonError('json_unsupported_value', 'only plain objects are JSON');
  }
  let text = '{';
  // Array.prototype.sort without a comparator compares UTF-16 code units, as section 3.2.3 asks.
  for (const name of Object.keys(value).sort()) {
    if (text.length > 1) text += ',';
    text += `${writeString(name)}:${write((value as Record<string, unknown>)[name], depth)}`;
  }
  return `${text}}`;
}
