/**
 * An entry: one event, one line of UTF-8 JSON, a CloudEvents 1.0 structured-mode object. The
 * stored bytes are the truth; nobody re-serialises them to verify.
 *
 * Attributes are written in this order: specversion, id, source, type, subject, time,
 * datacontenttype, sequence, actor, commandid, [causationid], [traceparent], [sig], data; `data` in
 * RFC 8785 canonical form. A reader accepts any order and blanks between tokens, and nothing else.
 * Invariant: `decodeEntry(encodeEntry(e))` is `e`, and what cannot be decoded cannot be encoded.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { canonicalJson } from './canonical-json.ts';
import type { JsonObject } from './canonical-json.ts';
import { MAX_ENTRY_BYTES } from './commit.ts';
import { checkAttributes, describeValue } from './entry-attributes.ts';
import type { EntryError } from './entry-attributes.ts';
import { msOfTimeText } from './entry-time.ts';
import type { ActorId, CommandId, EntrySequence, LedgerId } from './ids.ts';
import { checkJsonValue, scanJson } from './json-scan.ts';

export type { EntryError, EntryErrorCode } from './entry-attributes.ts';

export interface Entry {
  /** Unique in the ledger; 1..128 visible ASCII characters. */
  readonly id: string;
  /** `/ledgers/<ledger>`. */
  readonly source: string;
  /** `daybook.<family>.<fact>.v<N>`. */
  readonly type: string;
  /** The thing it is about, for example `run/r1/window/3`; 1..256 visible ASCII characters. */
  readonly subject: string;
  /** RFC 3339, UTC, milliseconds; set by the authority. */
  readonly time: string;
  /** A number here, 16 zero-padded digits on the wire. */
  readonly sequence: EntrySequence;
  readonly actor: ActorId;
  readonly commandid: CommandId;
  readonly causationid?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  /** Standard base64 (CloudEvents' form of binary) of the author's 64-byte Ed25519 signature. */
  readonly sig?: string;
  readonly data: JsonObject;
}

/** Levels of arrays and objects in a line, the entry's own object included. */
export const MAX_ENTRY_DEPTH = 64;
const SEQUENCE_DIGITS = 16;
const SOURCE_PREFIX = '/ledgers/';

export function sourceOf(ledger: LedgerId): string {
  return SOURCE_PREFIX + ledger;
}

/** The ledger of a checked entry's source. */
export function ledgerOf(source: string): LedgerId {
  assert(source.startsWith(SOURCE_PREFIX), 'a source begins with /ledgers/');
  return source.slice(SOURCE_PREFIX.length) as LedgerId;
}

/** @param ms since 1970, up to the year 9999. */
export function timeOfMs(ms: number): string {
  assert(Number.isSafeInteger(ms) && ms >= 0 && ms <= 253_402_300_799_999, 'ms of a 4-digit year');
  return new Date(ms).toISOString();
}

// Entries of one commit share their time, and a fold asks several times about each.
let latestTime = '';
let latestMs = 0;

/** @param time of a checked entry. */
export function msOfTime(time: string): number {
  if (time !== latestTime) {
    const ms = msOfTimeText(time);
    assert(Number.isSafeInteger(ms), 'an RFC 3339 time');
    latestTime = time;
    latestMs = ms;
  }
  return latestMs;
}

/**
 * One line without its newline.
 * @throws AssertionError for an entry that `decodeEntry` would refuse; where the data comes from
 * outside, use `tryEncodeEntry` and refuse.
 */
export function encodeEntry(entry: Entry): Uint8Array {
  const line = tryEncodeEntry(entry);
  if (E.isLeft(line)) assert.fail(`${line.left.code}: ${line.left.message}`);
  return line.right;
}

export function tryEncodeEntry(entry: Entry): Either<EntryError, Uint8Array> {
  const problem = checkAttributes(attributesOf(entry)) ?? checkData(entry.data);
  if (problem !== null) return E.left(problem);
  const line = Buffer.from(lineOf(entry), 'utf8');
  if (line.byteLength > MAX_ENTRY_BYTES) return entryTooLarge();
  return E.right(new Uint8Array(line.buffer, line.byteOffset, line.byteLength));
}

/** Strict: the line is hostile until it has passed. */
export function decodeEntry(line: Uint8Array): Either<EntryError, Entry> {
  if (line.byteLength > MAX_ENTRY_BYTES) return entryTooLarge();
  const scan = scanJson(line);
  if (scan.lineBreak) return refuse('entry_line_break', 'an entry is one line');
  if (scan.depth > MAX_ENTRY_DEPTH) {
    return refuse('entry_too_deep', `nested deeper than ${MAX_ENTRY_DEPTH} levels`);
  }
  const text = textOf(line);
  if (text === undefined) return refuse('entry_not_utf8', 'the bytes are not UTF-8');
  const value = parse(text);
  if (value === undefined) return refuse('entry_not_json', 'the line is not JSON');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('entry_not_object', `an entry is a JSON object, not ${describeValue(value)}`);
  }
  const checked = checkJsonValue(value);
  if (checked.problem !== null) return refuse('entry_bad_value', checked.problem);
  if (checked.members !== scan.members) {
    return refuse('entry_duplicate_name', 'an object names one member twice');
  }
  const attributes = value as Record<string, unknown>;
  const problem = checkAttributes(attributes);
  return problem === null ? E.right(entryOf(attributes)) : E.left(problem);
}

function entryOf(attributes: Record<string, unknown>): Entry {
  const { specversion: _1, datacontenttype: _2, sequence, ...rest } = attributes;
  return {
    ...(rest as unknown as Omit<Entry, 'sequence'>),
    sequence: Number(sequence) as EntrySequence,
  };
}

function attributesOf(entry: Entry): Record<string, unknown> {
  return {
    specversion: '1.0',
    datacontenttype: 'application/json',
    ...entry,
    sequence: sequenceText(entry.sequence),
  };
}

function sequenceText(sequence: EntrySequence): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0');
}

function lineOf(entry: Entry): string {
  const optional = (name: 'causationid' | 'traceparent' | 'sig'): string =>
    entry[name] === undefined ? '' : `"${name}":${JSON.stringify(entry[name])},`;
  return (
    `{"specversion":"1.0","id":${JSON.stringify(entry.id)},"source":"${entry.source}",` +
    `"type":"${entry.type}","subject":${JSON.stringify(entry.subject)},"time":"${entry.time}",` +
    `"datacontenttype":"application/json","sequence":"${sequenceText(entry.sequence)}",` +
    `"actor":"${entry.actor}","commandid":${JSON.stringify(entry.commandid)},` +
    `${optional('causationid')}${optional('traceparent')}${optional('sig')}` +
    `"data":${canonicalJson(entry.data)}}`
  );
}

function checkData(data: JsonObject): EntryError | null {
  const { problem } = checkJsonValue(data, MAX_ENTRY_DEPTH - 1);
  return problem === null ? null : { code: 'entry_bad_value', message: problem };
}

// ignoreBOM keeps a byte order mark in the text, where JSON.parse refuses it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(line: Uint8Array): string | undefined {
  try {
    return utf8.decode(line);
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** How large the line is nobody says: who reads a stream drops what is over the limit, and counts none of it. */
export const entryTooLarge = (): Either<EntryError, never> =>
  refuse('entry_too_large', `an entry has at most ${MAX_ENTRY_BYTES} bytes`);

function refuse(code: EntryError['code'], message: string): Either<EntryError, never> {
  return E.left({ code, message });
}
