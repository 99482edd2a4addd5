/**
 * The fast road from bytes to events: one pass over a line in the form that `encodeEntry` writes,
 * with the readers that the catalogue's codecs bring. Law: what it accepts, the strict decoder
 * accepts as an equal event, and `encodeEntry` writes that event back to the very same bytes. It has
 * no errors of its own; whatever it leaves, decode-event.ts judges.
 */
import type { LedgerEvent } from './catalogue.ts';
import { catalogue } from './catalogue.ts';
import type { ByteSet, CanonicalText } from './canonical-text.ts';
import { byteSet, DIGITS, LINE_FEED, Literal } from './canonical-text.ts';
import { actorId } from './codecs.ts';
import { MAX_ENTRY_BYTES } from './commit.ts';
import type { CommandId } from './ids.ts';
import { isTime } from './entry-time.ts';
import { Interned } from './interned.ts';

const DOT = 0x2e;
const ZERO = 0x30;
const OBJECT_CLOSES = 0x7d;

const OPENING = new Literal('{"specversion":"1.0","id":"');
const SOURCE = new Literal('","source":"');
const TYPE = new Literal('","type":"');
const SUBJECT = new Literal('","subject":"');
const TIME = new Literal('","time":"');
const SEQUENCE = new Literal('","datacontenttype":"application/json","sequence":"');
const ACTOR = new Literal('","actor":');
const COMMAND = new Literal(',"commandid":"');
const CAUSATION = new Literal('","causationid":"');
const SIGNATURE = new Literal('","sig":"');
const DATA = new Literal('","data":');

const SEQUENCE_DIGITS = 16;
const SIG_CHARS = 88;
const ID_CHARS_MAX = 128;
const SUBJECT_CHARS_MAX = 256;

const BASE64: ByteSet = byteSet('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
/** The last character carries two bits. */
const SIG_LAST: ByteSet = byteSet('AQgw');

const SOURCE_FORM = /^\/ledgers\/[a-z0-9][a-z0-9-]{0,63}$/;

const sources = new Interned(64, (source) => (SOURCE_FORM.test(source) ? source : undefined));
const declarations = new Interned(1024, (type) => catalogue.get(type));
const times = new Interned(256, (time) => (isTime(time) ? time : undefined));
const subjects = new Interned(4096, (subject) => subject);
/** The entries that one command led to stand together. */
const commandIds = new Interned(256, (id) => id);

/**
 * The event that stands at the cursor as one whole canonical line, and the cursor at its line feed;
 * undefined, the cursor anywhere, for anything else.
 */
export function readEvent(text: CanonicalText): LedgerEvent | undefined {
  const lineStart = text.at;
  const idLength = readStretch(text, OPENING, ID_CHARS_MAX);
  const idStart = text.at - idLength;
  const source = readKnown(text, SOURCE, sources);
  const declaration = readKnown(text, TYPE, declarations);
  const subject = readKnown(text, SUBJECT, subjects);
  const time = readKnown(text, TIME, times);
  const sequence = text.skip(SEQUENCE) ? readSequence(text) : undefined;
  const actor = text.skip(ACTOR) ? actorId.read(text) : undefined;
  const commandLength = readStretch(text, COMMAND, ID_CHARS_MAX);
  const commandStart = text.at - commandLength;
  if (idLength === 0 || commandLength === 0) return undefined;
  if (source === undefined || declaration === undefined || time === undefined) return undefined;
  if (sequence === undefined || actor === undefined) return undefined;
  const commandid = commandIds.at(text, commandStart, commandLength) as CommandId;

  const id = readIdOf(text, idStart, idLength, commandid, commandStart);
  let causationid: string | undefined;
  if (text.skip(CAUSATION)) {
    const start = text.at;
    const length = text.visible(start);
    if (length === 0 || length > ID_CHARS_MAX) return undefined;
    causationid = readIdOf(text, start, length, commandid, commandStart);
    text.at += length;
  }
  const sig = text.skip(SIGNATURE) ? readSig(text) : null;
  const hasData = text.skip(DATA);
  text.dataAt = text.at;
  const data = hasData ? declaration.data.read(text) : undefined;
  // Either signed by its author or caused by an entry that is: other shapes are for the strict decoder.
  if ((causationid === undefined) === (sig === null)) return undefined;
  if (sig === undefined || data === undefined) return undefined;
  if (declaration.subject(data) !== subject || subject.length > SUBJECT_CHARS_MAX) return undefined;
  if (!text.skipByte(OBJECT_CLOSES) || text.bytes[text.at] !== LINE_FEED) return undefined;
  if (text.at - lineStart > MAX_ENTRY_BYTES) return undefined;

  const { type } = declaration;
  // One literal a shape, so that events of a shape share their layout.
  const event: unknown =
    causationid === undefined
      ? { id, source, type, subject, time, sequence, actor, commandid, sig, data }
      : { id, source, type, subject, time, sequence, actor, commandid, causationid, data };
  return event as LedgerEvent;
}

/** Length of the visible characters after a literal, the cursor past them; 0: not to be had. */
function readStretch(text: CanonicalText, before: Literal, lengthMax: number): number {
  if (!text.skip(before)) return 0;
  const length = text.visible(text.at);
  text.at += length;
  return length <= lengthMax ? length : 0;
}

function readKnown<V>(text: CanonicalText, before: Literal, known: Interned<V>): V | undefined {
  if (!text.skip(before)) return undefined;
  const length = text.visible(text.at);
  const value = known.at(text, text.at, length);
  text.at += length;
  return value;
}

const SUFFIXES = Array.from({ length: 10 }, (_, digit) => `.${digit}`);

/** Most ids are `<command id>.<number>`: then all but the number is a string already. */
function readIdOf(
  text: CanonicalText,
  start: number,
  length: number,
  commandid: string,
  commandStart: number,
): string {
  const rest = start + commandid.length;
  if (
    length !== commandid.length + 2 ||
    text.bytes[rest] !== DOT ||
    !text.same(start, commandStart, commandid.length)
  )
    return text.slice(start, length);
  const suffix = SUFFIXES[(text.bytes[rest + 1] as number) - ZERO];
  return suffix === undefined ? text.slice(start, length) : commandid + suffix;
}

function readSequence(text: CanonicalText): number | undefined {
  const { bytes, at } = text;
  let sequence = 0;
  for (let index = at; index < at + SEQUENCE_DIGITS; index++) {
    const byte = bytes[index] as number;
    if (DIGITS[byte] !== 1) return undefined;
    sequence = sequence * 10 + byte - ZERO;
  }
  text.at += SEQUENCE_DIGITS;
  return sequence <= Number.MAX_SAFE_INTEGER ? sequence : undefined;
}

function readSig(text: CanonicalText): string | undefined {
  const { bytes, at } = text;
  const last = at + SIG_CHARS - 3;
  let every = SIG_LAST[bytes[last] as number] as number;
  for (let index = at; index < last; index++) every &= BASE64[bytes[index] as number] as number;
  if (every !== 1 || !text.matches(last + 1, '==')) return undefined;
  text.at += SIG_CHARS;
  return text.slice(at, SIG_CHARS);
}
