/**
 * The catalogue against fixtures/events: one recorded entry of every type and version that ever
 * landed. Each reads, writes back to the same bytes and carries its author's signature; nothing near
 * it but different is let in. `npm run samples` adds the sample of a new type.
 */
import * as fc from 'fast-check';
import { isRight } from 'fp-ts/lib/Either.js';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from './canonical-json.ts';
import type { LedgerEvent } from './catalogue.ts';
import { catalogue, commandTable } from './catalogue.ts';
import { decodeEvent } from './decode-event.ts';
import type { Entry } from './entry.ts';
import { encodeEntry } from './entry.ts';
import { verifyEntrySignature } from './statement.ts';

const folder = new URL('../../fixtures/events/', import.meta.url);
const samples = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    type: name.slice(0, -'.json'.length),
    text: readFileSync(new URL(name, folder), 'utf8'),
  }));
const lineOf = (text: string): Uint8Array => Buffer.from(text.replace(/\n$/, ''), 'utf8');

function decoded(line: Uint8Array): LedgerEvent {
  const event = decodeEvent(line);
  if (!isRight(event)) throw new Error(`${event.left.code}: ${event.left.message}`);
  return event.right;
}

/** The code of the error, or `accepted`. */
function outcome(value: unknown): string {
  const event = decodeEvent(Buffer.from(JSON.stringify(value)));
  return isRight(event) ? 'accepted' : event.left.code;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Place {
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

/** Every member of every object and every item of every list in a value, in depth. */
function places(value: Json): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  return keys.flatMap((key) => [
    { holder: value, key },
    ...places((value as { [key: string]: Json })[key] as Json),
  ]);
}

const objectsIn = (data: { [key: string]: Json }): { [key: string]: Json }[] => [
  data,
  ...places(data)
    .map(({ holder, key }) => (holder as { [key: string]: Json })[key] as Json)
    .filter(
      (value): value is { [key: string]: Json } =>
        typeof value === 'object' && value !== null && !Array.isArray(value),
    ),
];

/** A value that no codec takes in the place of this one. */
function wrongFor(value: Json): Json {
  if (typeof value === 'string') return value.length;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return String(value);
  if (value === null) return {};
  return Array.isArray(value) ? { items: value } : [value];
}

const anyName = fc.oneof(fc.stringMatching(/^[a-z_]{1,12}$/), fc.constant('__proto__'));

it('every type has a sample and every sample a type', () => {
  expect(samples.map(({ type }) => type).sort()).toEqual([...catalogue.keys()].sort());
});

describe.each(samples)('$type', ({ type, text }) => {
  const parse = (): { [key: string]: Json } & { data: { [key: string]: Json } } =>
    JSON.parse(text) as never;

  it('is one line that reads and writes back to the same bytes', () => {
    expect(text.endsWith('\n')).toBe(true);
    const event = decoded(lineOf(text));
    expect(event.type).toBe(type);
    const entry: Entry = { ...event, data: event.data as unknown as JsonObject };
    expect(Buffer.from(encodeEntry(entry)).toString('utf8')).toBe(text.trimEnd());
  });

  it('is signed by its author exactly when a command asserts it', () => {
    const event = decoded(lineOf(text));
    const entry: Entry = { ...event, data: event.data as unknown as JsonObject };
    const asserted = catalogue.get(type)?.command !== null;
    expect(entry.sig !== undefined).toBe(asserted);
    expect(verifyEntrySignature(entry)).toBe(asserted);
  });

  it('with an unknown member anywhere in its data is refused', () => {
    const objects = objectsIn(parse().data).length;
    const at = fc.tuple(fc.nat(objects - 1), anyName, fc.jsonValue());
    fc.assert(
      fc.property(at, ([index, name, value]) => {
        const entry = parse();
        const holder = objectsIn(entry.data)[index] as { [key: string]: Json };
        fc.pre(!Object.hasOwn(holder, name));
        // Assigning to __proto__ would set no member.
        Object.defineProperty(holder, name, { value, enumerable: true });
        expect(outcome(entry)).toBe('bad_data');
      }),
      { numRuns: 20 },
    );
  });

  it('with any member missing is refused', () => {
    places(parse().data).forEach((_, index) => {
      const entry = parse();
      const { holder, key } = places(entry.data)[index] as Place;
      if (Array.isArray(holder)) return;
      delete holder[key];
      expect([key, outcome(entry)]).toEqual([key, 'bad_data']);
    });
  });

  it('with a value of another type anywhere in its data is refused', () => {
    places(parse().data).forEach((_, index) => {
      const entry = parse();
      const { holder, key } = places(entry.data)[index] as Place;
      const values = holder as { [key: string]: Json };
      values[key] = wrongFor(values[key] as Json);
      expect([key, outcome(entry)]).toEqual([key, 'bad_data']);
    });
  });

  it('about something else is refused', () => {
    expect(outcome({ ...parse(), subject: 'something/else' })).toBe('wrong_subject');
  });

  it('of an unknown version is refused', () => {
    expect(outcome({ ...parse(), type: type.replace(/v\d+$/, 'v999') })).toBe('unknown_type');
  });
});

describe('declarations', () => {
  it('name each type once, in the past, and each command once', () => {
    const commands = [...catalogue.values()].flatMap(({ command, retired }) =>
      retired ? [] : (command ?? []),
    );
    expect(new Set(commands).size).toBe(commands.length);
    expect([...commandTable.keys()]).toEqual(commands);
    for (const [type, declaration] of catalogue) {
      expect(declaration.type).toBe(type);
      expect(type).toMatch(/^daybook\.[a-z]+\.[a-z]+\.v\d+$/);
      expect(declaration.doc).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('let nobody but the authority assert what follows by rule', () => {
    const derived = [...catalogue.values()].filter(({ command }) => command === null);
    expect(derived.filter(({ author }) => author !== 'authority')).toEqual([]);
  });
});
