/**
 * The schemas against the codecs they are walked from, with Ajv as the judge: what one takes the other
 * takes, for every sample, for samples with anything in them changed, and for values made up from the
 * schema itself, its limits above all.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv';
import * as fc from 'fast-check';
import { isRight } from 'fp-ts/lib/Either.js';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeCommand } from '../commands/command.ts';
import { decodeReply } from '../commands/reply.ts';
import { catalogue, commandTable } from '../events/catalogue.ts';
import { decodeEvent } from '../events/decode-event.ts';
import type { JsonSchema } from '../events/codecs.ts';
import { isTime } from '../events/entry-time.ts';
import { isActorId } from '../events/nkey.ts';
import { keyNamed } from '../testing/desk.ts';
import { decodeAnswer, decodeQuery } from './query.ts';
import { schemas } from './schemas.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
ajv.addFormat('nkey', isActorId);
ajv.addFormat('date-time', isTime);
ajv.addFormat('sequence', (text: string) => Number.isSafeInteger(Number(text)));

const compiled = new Map<string, ValidateFunction>();
function takes(name: string, value: unknown): boolean {
  const known = compiled.get(name) ?? ajv.compile(schemas.get(name) as object);
  compiled.set(name, known);
  return known(value);
}

const types = [...catalogue.keys()];
const sampleOf = (type: string): Record<string, unknown> =>
  JSON.parse(
    readFileSync(new URL(`../../fixtures/events/${type}.json`, import.meta.url), 'utf8'),
  ) as Record<string, unknown>;

/** Whether the codec reads it; what no schema can say counts as read. */
function isRead(value: unknown): boolean {
  const event = decodeEvent(Buffer.from(JSON.stringify(value)));
  return isRight(event) || event.left.code === 'wrong_subject';
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Holder = { [key: string]: Json };

/** Every member and item in a value, in depth. */
function places(value: unknown): { readonly holder: Holder; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    { holder: value as Holder, key },
    ...places((value as Holder)[key]),
  ]);
}

const actor = keyNamed('anybody').actor;

/** Values at and beyond the limits of a schema, and others. */
function near(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { type, minimum, maximum, pattern, items, properties, anyOf } = schema as {
    type?: string;
    minimum?: number;
    maximum?: number;
    pattern?: string;
    items?: JsonSchema;
    properties?: Record<string, JsonSchema>;
    anyOf?: JsonSchema[];
  };
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(near));
  if (schema['const'] !== undefined) return fc.constant(schema['const']);
  if (schema['enum'] !== undefined) return fc.constantFrom(...(schema['enum'] as unknown[]));
  if (minimum !== undefined && maximum !== undefined) {
    const limits = fc.constantFrom(minimum, maximum, minimum - 1, maximum + 1, 0.5, -0);
    const within =
      type === 'integer'
        ? fc.integer({ min: Math.max(minimum, -1e9), max: Math.min(maximum, 1e9) })
        : fc.double({ min: minimum, max: maximum, noNaN: true });
    return fc.oneof({ weight: 4, arbitrary: within }, { weight: 1, arbitrary: limits });
  }
  if (pattern !== undefined) {
    if (schema['format'] === 'nkey')
      return fc.constantFrom<unknown>(actor, actor, actor, `${actor.slice(0, -1)}A`);
    const fits = pattern.includes('\\ud800')
      ? fc.constantFrom(
          'a label',
          '\u{1f40b}',
          '\u0000',
          '',
          '\u{1f40b}'.repeat(200),
          'a'.repeat(201),
        )
      : fc.stringMatching(new RegExp(pattern), { maxLength: 200 });
    return fc.oneof(
      { weight: 9, arbitrary: fits },
      { weight: 1, arbitrary: fits.map((text) => `${text}\n`) },
      { weight: 1, arbitrary: fc.string() },
    );
  }
  if (items !== undefined) {
    const { minItems = 0, maxItems = 4 } = schema as { minItems?: number; maxItems?: number };
    const within = { minLength: minItems, maxLength: Math.min(maxItems, minItems + 2) };
    const list = fc.array(near(items), within);
    return minItems === 0
      ? list
      : fc.oneof(
          { weight: 9, arbitrary: list },
          { weight: 1, arbitrary: list.map((one) => one.slice(1)) },
        );
  }
  if (properties !== undefined)
    return fc.record(
      Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, near(one)])),
    );
  return type === 'boolean' ? fc.boolean() : fc.jsonValue();
}

describe('an event', () => {
  it.each(types)('%s is valid by its sample, and by its sample alone', (type) => {
    const sample = sampleOf(type);
    expect(takes(`event/${type}`, sample)).toBe(true);
    expect(takes(`event/${type}`, { ...sample, type: 'daybook.ledger.opened.v9' })).toBe(false);
    expect(takes(`event/${type}`, { ...sample, surprise: 1 })).toBe(false);
  });

  it('with anything in it changed is taken by both or by neither', () => {
    const seen = { taken: 0, refused: 0 };
    const change = fc.oneof(
      fc.constantFrom<unknown>(null, -1, 0, 1, 2 ** 53, 0.5, '', 'a', [], {}, true),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.nat(10_000), change, (type, at, value) => {
        const sample = sampleOf(type);
        const all = places(sample);
        const { holder, key } = all[at % all.length] as (typeof all)[number];
        holder[key] = value as Json;
        // Which schema is asked is said by the type.
        if (key === 'type' && holder === (sample as unknown)) return;
        const taken = takes(`event/${type}`, sample);
        seen[taken ? 'taken' : 'refused'] += 1;
        expect([type, key, value, taken]).toEqual([type, key, value, isRead(sample)]);
      }),
      { numRuns: 2000 },
    );
    expect(seen.taken).toBeGreaterThan(20);
    expect(seen.refused).toBeGreaterThan(500);
  });

  it('made up from its schema is taken by both or by neither', () => {
    let taken = 0;
    for (const [type, { data }] of catalogue) {
      const sample = sampleOf(type);
      fc.assert(
        fc.property(near(data.schema), (value) => {
          // What is on the wire has no -0 and no undefined.
          const wire: unknown = JSON.parse(JSON.stringify(value));
          const isTaken = takes(`event/${type}`, { ...sample, data: wire });
          expect([type, wire, isTaken]).toEqual([type, wire, isRight(data.decode(wire))]);
          if (isTaken) taken += 1;
        }),
        { numRuns: 4 },
      );
    }
    expect(taken).toBeGreaterThan(types.length / 4);
  });

  it('has what a pattern cannot say in a format', () => {
    const sample = sampleOf('daybook.window.sealed.v1');
    const plain = new Ajv2020({ validateFormats: false }).compile(
      schemas.get('event/daybook.window.sealed.v1') as object,
    );
    for (const beyond of [
      {
        actor: `${String(sample['actor']).slice(0, -1)}${String(sample['actor']).endsWith('A') ? 'B' : 'A'}`,
      },
      { time: '2023-02-29T00:00:00.000Z' },
      { sequence: '9999999999999999' },
    ]) {
      const value = { ...sample, ...beyond };
      expect([beyond, plain(value)]).toEqual([beyond, true]);
      expect([beyond, takes('event/daybook.window.sealed.v1', value)]).toEqual([beyond, false]);
      expect([beyond, isRead(value)]).toEqual([beyond, false]);
    }
  });
});

describe('a command', () => {
  it('has the data of its fact, and an envelope that both take or neither', () => {
    for (const [name, { data }] of commandTable) {
      const { properties } = schemas.get(`command/${name}`) as {
        properties: Record<string, JsonSchema>;
      };
      expect(properties['data']).toBe(data.schema);
      expect(properties['command']).toEqual({ const: name });
    }
    const { commandid, data, actor: author, sig } = sampleOf('daybook.payout.claimed.v1');
    const command = {
      command: 'claim-payout',
      id: commandid,
      ledger: 'desk',
      actor: author,
      data,
      sig,
    };
    const agree = (value: unknown): boolean => {
      const isTaken = takes('command/claim-payout', value);
      const decoded = decodeCommand(Buffer.from(JSON.stringify(value)));
      expect([value, isTaken]).toEqual([value, isRight(decoded)]);
      return isTaken;
    };
    expect(agree(command)).toBe(true);
    expect(agree({ ...command, surprise: 1 })).toBe(false);
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(command)), fc.jsonValue(), (key, value) => {
        fc.pre(key !== 'command');
        agree({ ...command, [key]: value });
        const { [key as 'sig']: _, ...without } = command;
        expect(agree(without)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

describe('replies, queries and answers', () => {
  const reads = (decode: (bytes: Uint8Array) => unknown) => (value: unknown) => {
    try {
      return decode(Buffer.from(JSON.stringify(value))) !== null;
    } catch {
      return false;
    }
  };
  const texts = 'recorded refused fault head books log_corrupt bad_signature'.split(' ');
  const pool = fc.oneof(
    fc.constantFrom(...texts, `sha256:${'0'.repeat(64)}`),
    fc.constantFrom(-1, 0, 1, 0.5, true, false, null),
  );
  const names = (
    'status sequence count repeated code message retryable ' +
    'query atLeast size checkpoint verifierKey digest'
  ).split(' ');
  it.each([
    ['reply', reads(decodeReply)],
    ['query', reads(decodeQuery)],
    ['answer', reads(decodeAnswer)],
  ] as const)('a %s is taken by both or by neither', (name, isDecoded) => {
    const whole = {
      reply: [
        { status: 'recorded', sequence: 3, count: 1, repeated: false },
        { status: 'refused', code: 'x', message: '', retryable: true },
        { status: 'fault', code: 'log_corrupt', message: '' },
      ],
      query: [{ query: 'head' }, { query: 'books', atLeast: 4 }],
      answer: [
        { status: 'head', size: 1, checkpoint: '', verifierKey: '' },
        { status: 'refused', code: '', message: '' },
      ],
    }[name] as readonly object[];
    for (const one of whole) expect([one, takes(name, one)]).toEqual([one, true]);
    const changed = fc.tuple(
      fc.constantFrom(...whole),
      fc.dictionary(fc.constantFrom(...names), pool, { maxKeys: 2 }),
    );
    fc.assert(
      fc.property(changed, ([one, more]) => {
        const value = { ...one, ...more };
        expect([value, takes(name, value)]).toEqual([value, isDecoded(value)]);
      }),
      { numRuns: 300 },
    );
  });
});
