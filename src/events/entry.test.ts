import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../testing/any-character.ts';
import type { JsonObject, JsonValue } from './canonical-json.ts';
import { MAX_ENTRY_BYTES } from './commit.ts';
import {
  decodeEntry,
  encodeEntry,
  ledgerOf,
  MAX_ENTRY_DEPTH,
  msOfTime,
  sourceOf,
  timeOfMs,
  tryEncodeEntry,
} from './entry.ts';
import type { Entry } from './entry.ts';
import type { CommandId, EntrySequence, LedgerId } from './ids.ts';
import { generateKey } from './nkey.ts';

const actor = generateKey(new Uint8Array(32).fill(7)).actor;
const ENTRY: Entry = {
  id: 'e-5',
  source: sourceOf('demo' as LedgerId),
  type: 'daybook.window.sealed.v1',
  subject: 'run/r1/window/3',
  time: '2026-11-02T03:04:05.678Z',
  sequence: 5 as EntrySequence,
  actor,
  commandid: 'cmd-1' as CommandId,
  causationid: 'e-4',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  sig: `${'A'.repeat(86)}==`,
  data: { window: 3, reason: 'quorum', list: [1.5, null, { ü: '€😀' }] },
};
const LINE =
  '{"specversion":"1.0","id":"e-5","source":"/ledgers/demo","type":"daybook.window.sealed.v1",' +
  '"subject":"run/r1/window/3","time":"2026-11-02T03:04:05.678Z",' +
  '"datacontenttype":"application/json","sequence":"0000000000000005",' +
  `"actor":"${actor}","commandid":"cmd-1","causationid":"e-4",` +
  '"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",' +
  `"sig":"${'A'.repeat(86)}==",` +
  '"data":{"list":[1.5,null,{"ü":"€😀"}],"reason":"quorum","window":3}}';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
function errorOf(line: Uint8Array | string): string {
  const decoded = decodeEntry(typeof line === 'string' ? utf8(line) : line);
  if (E.isRight(decoded)) return 'accepted';
  expect(decoded.left.message.length).toBeGreaterThan(10);
  return decoded.left.attribute === undefined
    ? decoded.left.code
    : `${decoded.left.code} ${decoded.left.attribute}`;
}
/** The line with one attribute's value replaced, as JSON text. */
function withAttribute(name: string, value: string): string {
  const attributes = JSON.parse(LINE) as Record<string, unknown>;
  const members = Object.keys(attributes).map(
    (key) => `${JSON.stringify(key)}:${key === name ? value : JSON.stringify(attributes[key])}`,
  );
  return `{${members.join(',')}}`;
}
function without(name: string): string {
  const attributes = JSON.parse(LINE) as Record<string, unknown>;
  delete attributes[name];
  return JSON.stringify(attributes);
}

describe('an entry on the wire', () => {
  it('is exactly this line', () => {
    expect(new TextDecoder().decode(encodeEntry(ENTRY))).toBe(LINE);
    expect(decodeEntry(utf8(LINE))).toEqual(E.right(ENTRY));
  });

  it('leaves out what is absent', () => {
    const { causationid: _1, traceparent: _2, sig: _3, ...bare } = ENTRY;
    const line = encodeEntry(bare);
    expect(new TextDecoder().decode(line)).not.toMatch(/causationid|traceparent|sig/);
    expect(decodeEntry(line)).toEqual(E.right(bare));
  });

  it('comes back from the wire as it went, whatever its data', () => {
    const data = fc.dictionary(
      fc.string({ unit: anyCharacter }),
      fc.jsonValue({ stringUnit: anyCharacter, maxDepth: 4 }) as fc.Arbitrary<JsonValue>,
    );
    const sequence = fc.maxSafeNat() as fc.Arbitrary<number> as fc.Arbitrary<EntrySequence>;
    const ms = fc.integer({ min: 0, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(data, sequence, ms, (value, at, time) => {
        const entry = { ...ENTRY, sequence: at, time: timeOfMs(time), data: value as JsonObject };
        const line = encodeEntry(entry);
        const decoded = decodeEntry(line);
        if (E.isLeft(decoded)) throw new Error(decoded.left.message);
        // Not `toEqual`, which goes through bytes as if each were an object.
        expect(Buffer.compare(encodeEntry(decoded.right), line)).toBe(0);
        expect(msOfTime(decoded.right.time)).toBe(time);
        expect(decoded.right.sequence).toBe(at);
      }),
    );
  });

  it('may be written by others: any order of attributes, blanks between tokens', () => {
    const attributes = Object.entries(JSON.parse(LINE) as object).toReversed();
    const line = JSON.stringify(Object.fromEntries(attributes)).replaceAll('":', '": ');
    expect(decodeEntry(utf8(line))).toEqual(E.right(ENTRY));
  });

  it('names its ledger', () => {
    expect(ledgerOf(ENTRY.source)).toBe('demo');
  });
});

describe('decodeEntry refuses', () => {
  it.each([
    ['nothing at all', '', 'entry_not_json'],
    ['a truncated line', LINE.slice(0, -1), 'entry_not_json'],
    ['two values', `${LINE}${LINE}`, 'entry_not_json'],
    ['a byte order mark', `\ufeff${LINE}`, 'entry_not_json'],
    ['an array', '[]', 'entry_not_object'],
    ['null', 'null', 'entry_not_object'],
    ['a trailing newline', `${LINE}\n`, 'entry_line_break'],
    ['a carriage return', `${LINE}\r`, 'entry_line_break'],
    ['an escaped raw newline', LINE.replace('quorum', 'a\\\nb'), 'entry_line_break'],
    ['a doubled attribute', LINE.replace('{', '{"id":"e-6",'), 'entry_duplicate_name'],
    ['a doubled name in data', LINE.replace('"window":3', '"w":3,"w":3'), 'entry_duplicate_name'],
    [
      'a name doubled through an escape',
      LINE.replace('"window":3', '"w":3,"\\u0077":4'),
      'entry_duplicate_name',
    ],
    ['a number past the doubles', LINE.replace('1.5', '1e999'), 'entry_bad_value'],
    ['half a surrogate pair', LINE.replace('quorum', '\\ud800'), 'entry_bad_value'],
    ['half a pair as a name', LINE.replace('"window"', '"\\udc00"'), 'entry_bad_value'],
    ['a stranger', LINE.replace('{', '{"dataschema":"x",'), 'entry_unknown_attribute dataschema'],
    ['__proto__', LINE.replace('{', '{"__proto__":{},'), 'entry_unknown_attribute __proto__'],
  ])('%s', (_, line, code) => {
    expect(errorOf(line)).toBe(code);
  });

  it('colons inside strings are no members', () => {
    expect(errorOf(LINE.replace('quorum', ':\\":\\\\'))).toBe('accepted');
  });

  it.each([
    ['specversion', ['"1.1"', '1', 'null']],
    ['id', ['""', '"a b"', `"${'x'.repeat(129)}"`, '7', '"é"', '"a\\n"']],
    [
      'source',
      [
        '"/ledgers/"',
        '"/ledgers/A"',
        '"demo"',
        '"/ledgers/a/b"',
        '"/ledgers/-a"',
        '"/ledgers/a\\n"',
      ],
    ],
    [
      'type',
      [
        '"daybook.window.v1"',
        '"daybook.window.sealed"',
        '"daybook.window.sealed.v0"',
        '"daybook.window.sealed.v01"',
        '"daybook.Window.sealed.v1"',
        '"other.window.sealed.v1"',
        '"daybook.a.b.c.v1"',
        `"daybook.${'x'.repeat(120)}.sealed.v1"`,
      ],
    ],
    ['subject', ['""', '"a b"', `"${'x'.repeat(257)}"`]],
    [
      'time',
      [
        '"2026-11-02T03:04:05Z"',
        '"2026-02-30T03:04:05.678Z"',
        '"2026-11-02T24:00:00.000Z"',
        '"2026-11-02T03:04:60.000Z"',
        '"2026-11-02T03:04:05.678+00:00"',
        '"2026-11-02 03:04:05.678Z"',
        '"1969-12-31T23:59:59.999Z"',
        '1',
      ],
    ],
    ['datacontenttype', ['"application/json; charset=utf-8"']],
    ['sequence', ['5', '"5"', '"00000000000000005"', '"000000000000000x"', '"9007199254740992"']],
    ['actor', ['""', `"${actor.slice(0, -1)}"`, `"${actor.replace(/.$/, '1')}"`, '{}']],
    ['commandid', ['""', '"a b"']],
    ['causationid', ['""', 'null']],
    [
      'traceparent',
      [
        '"00-00000000000000000000000000000000-b7ad6b7169203331-01"',
        '"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"',
        '"x"',
      ],
    ],
    ['sig', ['""', `"${'A'.repeat(88)}"`, `"${'A'.repeat(85)}B=="`, `"${'_'.repeat(85)}A=="`]],
    ['data', ['null', '[]', '"x"', '1']],
  ])('a bad or missing %s', (name, values) => {
    for (const value of values) {
      expect([value, errorOf(withAttribute(name, value))]).toEqual([
        value,
        `entry_bad_attribute ${name}`,
      ]);
    }
    const optional = ['causationid', 'traceparent', 'sig'].includes(name);
    expect(errorOf(without(name))).toBe(optional ? 'accepted' : `entry_missing_attribute ${name}`);
  });

  it('bytes that are not UTF-8', () => {
    const line = Buffer.from(LINE);
    line[line.indexOf('quorum')] = 0xff;
    expect(errorOf(line)).toBe('entry_not_utf8');
    // An overlong slash and an encoded surrogate: what lenient decoders let through.
    const text = Buffer.from(LINE);
    const at = text.indexOf('quorum');
    expect(
      errorOf(Buffer.concat([text.subarray(0, at), Buffer.from([0xc0, 0xaf]), text.subarray(at)])),
    ).toBe('entry_not_utf8');
    expect(
      errorOf(
        Buffer.concat([text.subarray(0, at), Buffer.from([0xed, 0xa0, 0x80]), text.subarray(at)]),
      ),
    ).toBe('entry_not_utf8');
  });

  it('what is too large or too deep, at the limit exactly', () => {
    const room = MAX_ENTRY_BYTES - utf8(LINE).byteLength;
    expect(errorOf(LINE.replace('quorum', `quorum${'x'.repeat(room)}`))).toBe('accepted');
    expect(errorOf(LINE.replace('quorum', `quorum${'x'.repeat(room + 1)}`))).toBe(
      'entry_too_large',
    );
    const nested = (levels: number): string =>
      withAttribute('data', `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    expect(errorOf(nested(MAX_ENTRY_DEPTH - 2))).toBe('accepted');
    expect(errorOf(nested(MAX_ENTRY_DEPTH - 1))).toBe('entry_too_deep');
    expect(errorOf(nested(100_000))).toBe('entry_too_deep');
    expect(errorOf('['.repeat(200_000))).toBe('entry_too_deep');
  });

  it('any mutation of a line or accepts it, and never throws', () => {
    const marks = ['"', '\\', '{', '}', '[', ']', ':', ',', '\n', '\0', ' ', '0', '/', '😀'];
    const words = [
      '\\u0000',
      '\\ud800',
      '1e999',
      '-0',
      '__proto__',
      '"id":"x",',
      '"data":{},',
      'null',
    ];
    const token = fc.constantFrom(...marks, ...words);
    const edit = fc.record({ at: fc.nat(LINE.length), drop: fc.nat(40), put: token });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        let line = LINE;
        for (const { at, drop, put } of edits)
          line = line.slice(0, at) + put + line.slice(at + drop);
        const decoded = decodeEntry(utf8(line));
        // Whatever is accepted can be written and signed again.
        if (E.isRight(decoded)) encodeEntry(decoded.right);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => errorOf(bytes) !== 'accepted'),
    );
  });
});

describe('tryEncodeEntry', () => {
  const codeOf = (entry: Entry): string => {
    const line = tryEncodeEntry(entry);
    return E.isLeft(line) ? line.left.code : 'accepted';
  };

  it('refuses exactly what could not be read back', () => {
    expect(codeOf({ ...ENTRY, data: { x: 'y'.repeat(MAX_ENTRY_BYTES) } })).toBe('entry_too_large');
    expect(codeOf({ ...ENTRY, data: { x: Number.NaN } })).toBe('entry_bad_value');
    expect(codeOf({ ...ENTRY, data: { x: '\ud800' } })).toBe('entry_bad_value');
    expect(codeOf({ ...ENTRY, data: { x: undefined } as unknown as JsonObject })).toBe(
      'entry_bad_value',
    );
    expect(codeOf({ ...ENTRY, sequence: 1.5 as EntrySequence })).toBe('entry_bad_attribute');
    expect(codeOf({ ...ENTRY, sequence: (2 ** 53) as EntrySequence })).toBe('entry_bad_attribute');
    expect(codeOf({ ...ENTRY, extra: 1 } as Entry)).toBe('entry_unknown_attribute');
    const nested = (levels: number): JsonValue =>
      JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as JsonValue;
    expect(codeOf({ ...ENTRY, data: { a: nested(MAX_ENTRY_DEPTH - 2) } })).toBe('accepted');
    expect(codeOf({ ...ENTRY, data: { a: nested(MAX_ENTRY_DEPTH - 1) } })).toBe('entry_bad_value');
  });

  it('is an assertion in encodeEntry', () => {
    expect(() => encodeEntry({ ...ENTRY, id: '' })).toThrow(/entry_bad_attribute/);
  });
});

describe('time', () => {
  it('is RFC 3339 in milliseconds, and no other range', () => {
    expect(timeOfMs(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(timeOfMs(253_402_300_799_999)).toBe('9999-12-31T23:59:59.999Z');
    expect(() => timeOfMs(-1)).toThrow();
    expect(() => timeOfMs(0.5)).toThrow();
    expect(() => timeOfMs(253_402_300_800_000)).toThrow();
    expect(() => msOfTime('yesterday')).toThrow();
  });
});
