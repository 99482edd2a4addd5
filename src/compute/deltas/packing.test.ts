import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  codeBytes,
  indexBytes,
  packCodes,
  packIndices,
  unpackCodes,
  unpackIndices,
} from './packing.ts';

function packed(indices: readonly number[]): Uint8Array {
  const out = new Uint8Array(indexBytes(indices.length));
  packIndices(Uint16Array.from(indices), indices.length, out, 0);
  return out;
}

test('two indices take three bytes, the odd last one two', () => {
  expect(Buffer.from(packed([0, 1, 4095, 2048])).toString('hex')).toBe('001000ff0f80');
  expect(Buffer.from(packed([0, 1, 2048])).toString('hex')).toBe('0010000008');
});

test('lists come back', () => {
  const indices = fc.uniqueArray(fc.nat(4095)).map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(indices, fc.array(fc.nat(3)), (list, codes) => {
      const back = new Uint16Array(list.length);
      unpackIndices(packed(list), 0, list.length, 4096, back);
      expect([...back]).toEqual(list);
      const out = new Uint8Array(codeBytes(codes.length));
      packCodes(Uint8Array.from(codes), 0, codes.length, out, 0);
      const again = new Uint8Array(codes.length);
      unpackCodes(out, 0, codes.length, again, 0);
      expect([...again]).toEqual(codes);
    }),
  );
});

const unpack = (bytes: readonly number[], count: number, end: number) => () =>
  unpackIndices(Uint8Array.from(bytes), 0, count, end, new Uint16Array(count));
const code = (wanted: string) => expect.objectContaining({ code: wanted });

test('indices out of order or range and stray bits are refused', () => {
  expect(unpack([...packed([5, 5])], 2, 4096)).toThrow(code('index_invalid'));
  expect(unpack([...packed([6, 5])], 2, 4096)).toThrow(code('index_invalid'));
  expect(unpack([...packed([5, 9])], 2, 9)).toThrow(code('index_invalid'));
  expect(unpack([5, 0x10], 1, 4096)).toThrow(code('unused_bits_set'));
  expect(() => unpackCodes(Uint8Array.of(0x40), 0, 3, new Uint8Array(3), 0)).toThrow(
    code('unused_bits_set'),
  );
});
