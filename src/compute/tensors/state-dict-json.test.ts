import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalOf } from './decimal.ts';
import { StateDictError, readStateDictJson, writeStateDictJson } from './state-dict-json.ts';
import type { Tensors } from './tensor.ts';

const bitsOf = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0]!;
const floatOf = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;
/** Every bit pattern alike, so that subnormals and the ends of the range come up. */
const finite = fc
  .integer({ min: 0, max: 0xffffffff })
  .map(floatOf)
  .filter((x) => Number.isFinite(x));

describe('the decimal of an f32', () => {
  test.each([
    [0.1, '0.1'],
    [1 / 3, '0.33333334'],
    [16777216, '16777216'],
    [3.4028234663852886e38, '3.4028235e+38'],
    [1.1754943508222875e-38, '1.1754944e-38'],
    [1.401298464324817e-45, '1e-45'],
    [-1.5, '-1.5'],
    [0, '0'],
    [-0, '-0'],
    [123456789, '123456792'],
    // 3e10 lies halfway to the f32 below and is rounded to this one.
    [30000001024, '30000001000'],
    [floatOf(0x33800001), '5.960465e-8'],
  ])('%d is %s', (x, text) => {
    expect(decimalOf(Math.fround(x))).toBe(text);
  });

  test('reads back as the same bits, and no shorter one does', () => {
    fc.assert(
      fc.property(finite, (x) => {
        const text = decimalOf(x);
        // Not `expect`, which costs more than all else here; fast-check prints x.
        if (bitsOf(Math.fround(Number(text))) !== bitsOf(x)) return false;
        const digits = text.replace(/e.*/, '').replace(/[-.]/g, '').replace(/^0+/, '').length;
        if (x === 0 || digits <= 1 || !text.includes('.')) return true;
        return Math.fround(Number(x.toPrecision(digits - 1))) !== x;
      }),
      { numRuns: 20_000 },
    );
  });

  test('is no f64 between two f32', () => {
    fc.assert(
      fc.property(finite, (x) => {
        const near = Number(decimalOf(x));
        const above = floatOf(bitsOf(x) + 1);
        if (Number.isFinite(above)) expect(near).not.toBe((x + above) / 2);
      }),
      { numRuns: 5000 },
    );
  });
});

const tensors: Tensors = new Map([
  ['b', { shape: [2, 3], data: Float32Array.of(0.1, -0, 1e-7, 1, 2, 3) }],
  ['a"', { shape: [], data: Float32Array.of(5) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
]);

test('one text per set of tensors', () => {
  const text = writeStateDictJson(tensors);
  expect(text).toBe(
    '{"a\\"":{"shape":[],"data":[5]},"b":{"shape":[2,3],"data":[0.1,-0,1e-7,1,2,3]},' +
      '"empty":{"shape":[0,4],"data":[]}}',
  );
  const read = readStateDictJson(text);
  expect(read.get('b')).toEqual(tensors.get('b'));
  expect(Object.is(read.get('b')!.data[1], -0)).toBe(true);
  expect(writeStateDictJson(read)).toBe(text);
  expect(readStateDictJson(JSON.stringify(JSON.parse(text), null, 1)).size).toBe(3);
});

test('every finite tensor comes back to the bit', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.array(finite, { maxLength: 9 })), (values) => {
      const own = new Map(
        Object.entries(values).map(([name, data]) => [
          name,
          { shape: [data.length], data: Float32Array.from(data) },
        ]),
      );
      const read = readStateDictJson(writeStateDictJson(own));
      expect(read.size).toBe(own.size);
      for (const [name, { data }] of own) {
        expect([...read.get(name)!.data].map(bitsOf)).toEqual([...data].map(bitsOf));
      }
    }),
  );
});

describe('refused', () => {
  const codeOf = (text: string): string => {
    try {
      readStateDictJson(text);
      return 'ok';
    } catch (error) {
      if (error instanceof StateDictError) return error.code;
      throw error;
    }
  };

  test.each([
    ['ok', ' { "a" : { "data" : [ 1.50e0 , -0.0 ] , "shape" : [ 2 ] } } '],
    ['ok', '{}'],
    ['not_json', ''],
    ['not_json', '[]'],
    ['not_json', '{} x'],
    ['not_json', '{"a":{"shape":[1],"data":[NaN]}}'],
    ['not_json', '{"a":{"shape":[1],"data":[01]}}'],
    ['not_json', '{"a":{"shape":[1],"data":[.5]}}'],
    ['not_json', '{"a":{"shape":[1],"data":[1.]}}'],
    ['not_json', '{"a":{"shape":[1],"data":["1"]}}'],
    ['not_json', '{"a":{"shape":[1],"data":[[1]]}}'],
    ['not_json', '{"a":{"shape":[-1],"data":[]}}'],
    ['not_json', `{"a":{"shape":[1],"data":[${'['.repeat(100_000)}`],
    ['name_duplicate', '{"a":{"shape":[0],"data":[]},"\\u0061":{"shape":[0],"data":[]}}'],
    ['tensor_entry_invalid', '{"a":{"shape":[0]}}'],
    ['tensor_entry_invalid', '{"a":{"shape":[0],"shape":[0],"data":[]}}'],
    ['tensor_entry_invalid', '{"a":{"shape":[0],"data":[],"dtype":"F32"}}'],
    ['size_mismatch', '{"a":{"shape":[2],"data":[1]}}'],
    ['size_mismatch', '{"a":{"shape":[9007199254740991,9007199254740991],"data":[]}}'],
    ['value_not_finite', '{"a":{"shape":[1],"data":[1e39]}}'],
    ['value_not_finite', '{"a":{"shape":[1],"data":[-1e999]}}'],
  ])('%s: %s', (code, text) => {
    expect(codeOf(text)).toBe(code);
  });

  test('NaN when written', () => {
    const bad = new Map([['a', { shape: [1], data: Float32Array.of(NaN) }]]);
    expect(() => writeStateDictJson(bad)).toThrow(StateDictError);
  });
});
