import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectEndOfBits, written } from './bit-stream.ts';
import { codeBytes, packCodes, unpackCodes } from './code-bits.ts';
import { readTileList, writeTileList } from './tile-lists.ts';

interface List {
  readonly size: number;
  readonly top: number;
  readonly indices: readonly number[];
}

function packed(lists: readonly List[]): Uint8Array {
  const room = lists.reduce((sum, { indices }) => sum + 2 * (indices.length + 1), 0);
  const out = { bytes: new Uint8Array(room), at: 0 };
  for (const { size, top, indices } of lists) {
    writeTileList(out, Uint16Array.from(indices), indices.length, size, top);
  }
  expect(out.at).toBeLessThanOrEqual(8 * room); // the bound that encoders allocate by
  return written(out);
}

function unpacked(bytes: Uint8Array, like: readonly Omit<List, 'indices'>[]): number[][] {
  const bits = { bytes, at: 0 };
  const out = new Uint16Array(4096);
  const lists = like.map(({ size, top }) => [
    ...out.subarray(0, readTileList(bits, size, top, out)),
  ]);
  expectEndOfBits(bits);
  return lists;
}

const list = fc
  .tuple(fc.constantFrom(1, 2, 3, 9, 64, 129, 4096), fc.constantFrom(1, 2, 7, 64, 4096))
  .chain(([size, top]) =>
    fc.uniqueArray(fc.nat(size - 1), { maxLength: Math.min(size, top) }).map((indices): List => {
      return { size, top, indices: indices.sort((a, b) => a - b) };
    }),
  );

test('lists come back, one after the other', () => {
  fc.assert(
    fc.property(fc.array(list), (lists) => {
      expect(unpacked(packed(lists), lists)).toEqual(lists.map(({ indices }) => indices));
    }),
  );
});

test('a list of even gaps takes 8 bits an index, and the worst no more than its room', () => {
  const even = Array.from({ length: 64 }, (_, i) => 64 * i + 63);
  expect(packed([{ size: 4096, top: 64, indices: even }]).length).toBe(57); // 64 x 7 bits and 1
  const last = Array.from({ length: 64 }, (_, i) => 4032 + i);
  expect(packed([{ size: 4096, top: 64, indices: last }]).length).toBe(64); // 126 ones and 64 x 6
});

test('the bits, as the file has them', () => {
  // Full: 1; r = 1 for 3 of 9: gaps 0, 3, 2 are 0 0, 1 0 1, 1 0 0.
  expect([...packed([{ size: 9, top: 3, indices: [0, 4, 7] }])]).toEqual([0b01101001, 0b0]);
  // Not full: 0, then 12 bits count; r = 2 for 1 of 9: gap 8 is 1 1 0 0 0.
  expect([...packed([{ size: 9, top: 3, indices: [8] }])]).toEqual([0b00000010, 0b01100000, 0b0]);
});

const code = (wanted: string) => expect.objectContaining({ code: wanted });

test('what no writer gives is refused', () => {
  const like = [{ size: 9, top: 3 }];
  const read =
    (...bytes: number[]) =>
    () =>
      unpacked(Uint8Array.from(bytes), like);
  expect(read(0b01101001, 0)()).toEqual([[0, 4, 7]]);
  expect(read(0b01101001)).toThrow(code('part_size_mismatch'));
  expect(read(0b01101001, 0, 0)).toThrow(code('part_size_mismatch'));
  expect(read(0b01101001, 0b10)).toThrow(code('unused_bits_set'));
  expect(read(0b11101001, 0b1)).toThrow(code('index_invalid'));
  expect(read(0xff, 0xff, 0xff)).toThrow(code('index_invalid'));
  // A count of 3 is said by the first bit alone; there is none of 4.
  expect(read(0b00000110, 0, 0)).toThrow(code('count_out_of_range'));
  expect(read(0b00001000, 0, 0)).toThrow(code('count_out_of_range'));
});

test('codes come back, four to a byte', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3)), (codes) => {
      const bytes = packCodes(Uint8Array.from(codes));
      expect(bytes.length).toBe(codeBytes(codes.length));
      expect([...unpackCodes(bytes, codes.length)]).toEqual(codes);
    }),
  );
  expect([...packCodes(Uint8Array.of(1, 2, 3, 0, 2))]).toEqual([0b00111001, 0b10]);
  expect(() => unpackCodes(Uint8Array.of(0x40), 3)).toThrow(code('unused_bits_set'));
});
