/**
 * Rounding against PyTorch (fixtures/optim/generate.py), for all numbers of both formats and for what
 * lies between them; digests stand for the long tables.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBfloats, decodeHalves, float32BitsOfHalf } from '../tensors/small-floats.ts';
import { bfloatRounded, halfRounded, roundTo } from './float-formats.ts';

interface Rounding {
  readonly allF16: string;
  readonly allBf16: string;
  /** By the lower half of the f32, over all upper halves. */
  readonly bf16: Record<string, string>;
  /** Between neighbours: the middle, and the f32 below and above it. */
  readonly f16: Record<string, string>;
  readonly cases: [bits: number, bf16: number, f16: number][];
}

const url = new URL('../../../fixtures/optim/precision.json', import.meta.url);
const { rounding } = JSON.parse(readFileSync(url).toString()) as { rounding: Rounding };

const CODES = Uint16Array.from({ length: 65536 }, (_, code) => code);
const codeBytes = new Uint8Array(CODES.buffer);

const floatsOf = (bits: Uint32Array): Float32Array => new Float32Array(bits.buffer.slice(0));
const bitsOf = (data: Float32Array): Uint32Array => new Uint32Array(data.buffer.slice(0));

/** Any NaN as 0x7fc00000. */
function digest(data: Float32Array): string {
  const bits = bitsOf(data).map((word) => ((word & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : word));
  return createHash('sha256').update(new Uint8Array(bits.buffer)).digest('hex');
}

function rounded(format: 'bf16' | 'f16', bits: Uint32Array): Float32Array {
  const data = floatsOf(bits);
  roundTo(format, data);
  return data;
}

describe.each([
  ['f16', decodeHalves, rounding.allF16],
  ['bf16', decodeBfloats, rounding.allBf16],
] as const)('%s', (format, decode, expected) => {
  test('keeps each of its 65,536 values', () => {
    const data = new Float32Array(65536);
    decode(data, codeBytes);
    expect(digest(data)).toBe(expected);
    const again = data.slice();
    roundTo(format, again);
    expect(digest(again)).toBe(expected);
  });

  test('gives NaN one form, whatever its payload', () => {
    const nans = Uint32Array.of(0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff, 0xffc00000);
    expect([...new Set(bitsOf(rounded(format, nans)))]).toEqual([0x7fc00000]);
  });

  test('is idempotent, monotone and odd', () => {
    const round = (x: number): number => {
      const data = Float32Array.of(x);
      roundTo(format, data);
      return data[0]!;
    };
    const wide = fc.float({ noNaN: true });
    const near = fc.float({ min: -1, max: 1, noNaN: true }).map((x) => Math.fround(x * 2 ** -14));
    const number = fc.oneof(wide, near);
    fc.assert(
      fc.property(number, number, (a, b) => {
        const once = round(a);
        const isOdd = Object.is(round(-a), -once);
        return Object.is(round(once), once) && isOdd && (a > b || once <= round(b));
      }),
      { numRuns: 5000 },
    );
  });
});

test.each(Object.entries(rounding.bf16))(
  'bf16 of every upper half with %s below',
  (low, expected) => {
    const bits = Uint32Array.from(CODES, (code) => ((code << 16) | parseInt(low, 16)) >>> 0);
    expect(digest(rounded('bf16', bits))).toBe(expected);
  },
);

test.each(Object.entries(rounding.f16))(
  'f16 of %s every middle of neighbours',
  (name, expected) => {
    const offset = { below: -1, middle: 0, above: 1 }[name.replace('-', '')]!;
    const sign = name.startsWith('-') ? 0x80000000 : 0;
    const halves = floatsOf(Uint32Array.from(CODES.subarray(0, 0x7c00), float32BitsOfHalf));
    const middles = Float32Array.from(
      { length: 0x7bff },
      (_, i) => (halves[i]! + halves[i + 1]!) / 2,
    );
    const bits = bitsOf(middles).map((word) => (word + offset) | sign);
    expect(digest(rounded('f16', bits))).toBe(expected);
  },
);

test('single values, among them both ends', () => {
  expect(rounding.cases.map(([bits]) => [bits, bfloatRounded(bits), halfRounded(bits)])).toEqual(
    rounding.cases,
  );
});

test('f32 is left as it is', () => {
  const data = Float32Array.of(1.1, -3.3e-40, Infinity);
  roundTo('f32', data);
  expect(data).toEqual(Float32Array.of(1.1, -3.3e-40, Infinity));
});
