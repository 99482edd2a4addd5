/** An answer is what it says it is, or a fault that says it is none; a query likewise, or null. */
import { describe, expect, it } from 'vitest';
import { digestOf } from '../events/digest.ts';
import { decodeAnswer, decodeQuery, encodeAnswer, encodeQuery } from './query.ts';
import type { Answer } from './query.ts';

const head = { size: 3, checkpoint: 'a note', verifierKey: 'a key' };
const answers: Answer[] = [
  { status: 'head', ...head },
  { status: 'books', digest: digestOf(Buffer.from('books')), ...head },
  { status: 'refused', code: 'malformed_query', message: 'what?' },
];

describe('an answer', () => {
  it.each(answers)('$status comes back as it was sent', (answer) => {
    expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer);
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"status":"head"}',
    '{"status":"head","size":"3","checkpoint":"","verifierKey":""}',
    '{"status":"head","size":-3,"checkpoint":"","verifierKey":""}',
    '{"status":"head","size":3,"checkpoint":{},"verifierKey":""}',
    '{"status":"books","size":3,"checkpoint":"","verifierKey":""}',
    '{"status":"books","digest":"sha256:","size":3,"checkpoint":"","verifierKey":""}',
    '{"status":"refused","code":1,"message":""}',
    '{"status":"recorded","sequence":0,"count":1,"repeated":false}',
  ])('is not %s', (text) => {
    const garbled = expect.objectContaining({ name: 'Fault', code: 'channel_unavailable' });
    expect(() => decodeAnswer(Buffer.from(text))).toThrow(garbled);
  });
});

it('an answer carries nothing that nobody has looked at, however deep', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  const text = `{"status":"refused","code":"c","message":"m","more":${deep}}`;
  expect(decodeAnswer(Buffer.from(text))).toEqual({ status: 'refused', code: 'c', message: 'm' });
});

it('a query asks for the head or the books, and nothing else', () => {
  expect(decodeQuery(encodeQuery({ query: 'books', atLeast: 7 }))).toEqual({
    query: 'books',
    atLeast: 7,
  });
  for (const text of ['', 'null', '{}', '{"query":"all"}', '{"query":"head","atLeast":0.5}']) {
    expect(decodeQuery(Buffer.from(text))).toBeNull();
  }
});
