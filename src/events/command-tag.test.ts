/** Tags read back as they were written, whatever the name; nothing else is taken for one. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { commandId } from './codecs.ts';
import { ANCHOR_STEP, COMMAND_ID_CHARACTERS_MAX, tagged, tagOf } from './command-tag.ts';

const NONCE = 'deadbeef'.repeat(8);
const names = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9:_-]{0,200}$/);
const sizes = fc.option(fc.nat(Number.MAX_SAFE_INTEGER));

it('a tagged name is an id that gives its tag back', () => {
  fc.assert(
    fc.property(names, sizes, (name, size) => {
      const id = tagged(name, NONCE, size);
      expect(commandId.is(id)).toBe(true);
      const anchor = size === null ? null : Math.floor(size / ANCHOR_STEP) * ANCHOR_STEP;
      expect(tagOf(id)).toEqual({ nonce: 'deadbeef', anchor });
    }),
  );
});

it('names too long for an id stay apart', () => {
  const long = 'x'.repeat(COMMAND_ID_CHARACTERS_MAX);
  expect(tagged(`${long}1`, NONCE, 7)).not.toBe(tagged(`${long}2`, NONCE, 7));
});

it('knows no other spelling', () => {
  const strange = ['', 'x', ':', 'x:', ':deadbeef', 'x:DEADBEEF', 'x:deadbee', 'x:deadbeef-'];
  const numbers = [
    'x:deadbeef-01',
    'x:deadbeef--1',
    'x:deadbeef-1e3',
    `x:deadbeef-${'9'.repeat(17)}`,
  ];
  for (const id of [...strange, ...numbers]) expect([id, tagOf(id)]).toEqual([id, null]);
});
