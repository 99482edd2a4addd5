/**
 * Strict reader of the safetensors header: one JSON object of tensor entries plus an optional
 * `__metadata__` object of strings, spaces allowed around tokens and after the end.
 *
 * Own scanner instead of JSON.parse because that one keeps the last of two equal names silently.
 * Nesting is fixed by the grammar, so depth cannot be attacked; time is linear in the header.
 */
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

interface Scanner {
  readonly text: string;
  at: number;
}

const NUMBER = /(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;

export function parseHeader(text: string): Header {
  const scanner: Scanner = { text, at: 0 };
  const entries = new Map<string, HeaderEntry>();
  let metadata: ReadonlyMap<string, string> | undefined;
  if (text[0] !== '{') throw notJson(scanner, 'an object from the first byte on');
  members(scanner, (name) => {
    if (entries.has(name) || (name === '__metadata__' && metadata !== undefined)) {
      throw new SafetensorsError('name_duplicate', `two header entries are named ${quoted(name)}`);
    }
    if (name === '__metadata__') metadata = parseMetadata(scanner);
    else entries.set(name, parseEntry(scanner, name));
  });
  skipSpaces(scanner);
  if (scanner.at !== text.length) throw notJson(scanner, 'nothing but spaces after the object');
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

/** Reads `{ "key": <visit> , ... }`. */
function members(scanner: Scanner, visit: (key: string) => void): void {
  expectToken(scanner, '{');
  if (peek(scanner) === '}') {
    scanner.at += 1;
    return;
  }
  for (;;) {
    const key = parseString(scanner);
    expectToken(scanner, ':');
    visit(key);
    if (peek(scanner) !== ',') break;
    scanner.at += 1;
  }
  expectToken(scanner, '}');
}

function parseSizes(scanner: Scanner): number[] {
  const sizes: number[] = [];
  expectToken(scanner, '[');
  if (peek(scanner) === ']') {
    scanner.at += 1;
    return sizes;
  }
  for (;;) {
    skipSpaces(scanner);
    const size = Number(match(scanner, NUMBER, 'a whole number'));
    if (!Number.isSafeInteger(size)) throw notJson(scanner, 'a number below 2^53');
    sizes.push(size);
    if (peek(scanner) !== ',') break;
    scanner.at += 1;
  }
  expectToken(scanner, ']');
  return sizes;
}

/** Finds the closing quote by hand: a pattern over a hostile string of megabytes could backtrack. */
function parseString(scanner: Scanner): string {
  const start = scanner.at;
  if (peek(scanner) !== '"') throw notJson(scanner, 'a string');
  const open = scanner.at;
  let close = open + 1;
  while (close < scanner.text.length && scanner.text[close] !== '"') {
    close += scanner.text[close] === '\\' ? 2 : 1;
  }
  scanner.at = close + 1;
  try {
    return JSON.parse(scanner.text.slice(open, close + 1)) as string;
  } catch {
    throw notJson({ ...scanner, at: start }, 'a string');
  }
}

function match(scanner: Scanner, pattern: RegExp, wanted: string): string {
  pattern.lastIndex = scanner.at;
  const found = pattern.exec(scanner.text)?.[0];
  if (found === undefined) throw notJson(scanner, wanted);
  scanner.at += found.length;
  return found;
}

function expectToken(scanner: Scanner, token: string): void {
  if (peek(scanner) !== token) throw notJson(scanner, `'${token}'`);
  scanner.at += 1;
}

function peek(scanner: Scanner): string | undefined {
  skipSpaces(scanner);
  return scanner.text[scanner.at];
}

function skipSpaces(scanner: Scanner): void {
  while (' \t\r\n'.includes(scanner.text[scanner.at] ?? 'end')) scanner.at += 1;
}

function notJson(scanner: Scanner, wanted: string): SafetensorsError {
  const message = `header, character ${scanner.at}: expected ${wanted}`;
  return new SafetensorsError('header_not_json', message);
}

function metadataError(what: string): SafetensorsError {
  return new SafetensorsError('metadata_invalid', `__metadata__: ${what}`);
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name);
}
