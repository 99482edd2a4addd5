import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeTokenStream, encodeTokenStream, pageBytes, pageCount, readPage } from './pages.ts';

test('the stored form is little-endian u16', () => {
  expect([...encodeTokenStream(Uint16Array.of(1, 0x1234))]).toEqual([1, 0, 0x34, 0x12]);
});

test('pages cover the stream: inputs once, each followed by its target', () => {
  const tokens = fc.array(fc.nat(65535), { maxLength: 60 }).map((list) => Uint16Array.from(list));
  fc.assert(
    fc.property(tokens, fc.integer({ min: 1, max: 9 }), (list, length) => {
      const stream = encodeTokenStream(list);
      expect(decodeTokenStream(stream)).toEqual(list);
      const count = pageCount(stream, length);
      expect(count * length + 1).toBeLessThanOrEqual(Math.max(list.length, 1));
      expect((count + 1) * length + 1).toBeGreaterThan(list.length);
      for (let i = 0; i < count; i += 1) {
        const page = readPage(pageBytes(stream, length, i), length);
        expect(page).toEqual(list.slice(i * length, i * length + length + 1));
      }
    }),
  );
});

test('typed errors', () => {
  const stream = encodeTokenStream(new Uint16Array(9));
  const code = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(code(() => pageBytes(stream, 4, 2))).toBe('page_out_of_range');
  expect(code(() => pageBytes(stream, 4, -1))).toBe('page_out_of_range');
  expect(code(() => pageBytes(stream, 4, 0.5))).toBe('page_out_of_range');
  expect(code(() => pageCount(stream, 0))).toBe('page_length_invalid');
  expect(code(() => pageCount(stream.subarray(1), 4))).toBe('stream_odd_bytes');
  expect(code(() => decodeTokenStream(stream.subarray(1)))).toBe('stream_odd_bytes');
  expect(code(() => readPage(stream, 4))).toBe('page_bytes_mismatch');
});
