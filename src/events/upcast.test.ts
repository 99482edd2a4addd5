/** Samples of retired versions are lifted; all others are left as they are. */
import { isRight } from 'fp-ts/lib/Either.js';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { decodeEvent } from './decode-event.ts';
import { upcast } from './upcast.ts';

const folder = new URL('../../fixtures/events/', import.meta.url);
const samples = readdirSync(folder).map((name) => {
  const event = decodeEvent(Buffer.from(readFileSync(new URL(name, folder), 'utf8').trimEnd()));
  if (!isRight(event)) throw new Error(`${name}: ${event.left.message}`);
  return event.right;
});

it('lifts every retired sample to a version that is not, and keeps its place in the ledger', () => {
  const retired = samples.filter(({ type }) => catalogue.get(type)?.retired);
  expect(retired.length).toBeGreaterThan(0);
  for (const event of retired) {
    const { type, data, ...envelope } = upcast(event);
    expect(catalogue.get(type)?.retired).toBe(false);
    expect(event).toMatchObject(envelope);
    expect(data).toMatchObject({ rules: 1, nonce: null });
  }
});

it('leaves every other event as it is', () => {
  const current = samples.filter(({ type }) => !catalogue.get(type)?.retired);
  for (const event of current) expect(upcast(event)).toBe(event);
});
