import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SafetensorsError } from './safetensors-error.ts';
import { importSafetensors, readSafetensors, writeSafetensors } from './safetensors.ts';
import { bytesOf } from './tensor.ts';

const reference = readFileSync(
  new URL('../../../fixtures/tensors/reference-writer.safetensors', import.meta.url),
);

/** A file with this header text and so many zero bytes of data. */
function file(header: string | Uint8Array, dataBytes = 0): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  return bytes;
}

function codeOf(bytes: Uint8Array, read = readSafetensors): string {
  try {
    read(bytes);
    return 'ok';
  } catch (error) {
    if (error instanceof SafetensorsError) return error.code;
    throw error;
  }
}

const entry = (begin: number, end: number, shape = `[${(end - begin) / 4}]`): string =>
  `{"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]}`;

test('bytes equal those of the reference writer', () => {
  const { tensors, metadata } = readSafetensors(reference);
  expect([...tensors.keys()]).toEqual(['Z', 'a.10', 'a.2', 'b', 'q"\\', '\uff5e', '\u{1f40b}']);
  expect([...tensors.get('b')!.data]).toEqual([-1.5, -0.5, 0.5, 1.5, 2.5, 3.5]);
  const shuffled = new Map([...tensors].toReversed());
  expect(Buffer.from(writeSafetensors(shuffled, metadata)).equals(reference)).toBe(true);
});

test('what is written is read back, from any alignment', () => {
  const tensor = fc.array(fc.float({ noNaN: true }), { maxLength: 9 });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), tensor), fc.nat(7), (values, shift) => {
      const tensors = new Map(
        Object.entries(values)
          .filter(([name]) => name !== '__metadata__' && name.isWellFormed())
          .map(([name, data]) => [
            name,
            { shape: [data.length, 1], data: Float32Array.from(data) },
          ]),
      );
      const bytes = writeSafetensors(tensors);
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      const read = readSafetensors(moved.subarray(shift)).tensors;
      expect(new Map([...read].sort())).toEqual(new Map([...tensors].sort()));
    }),
  );
});

describe('importing other float types', () => {
  const models = (name: string): Buffer =>
    readFileSync(new URL(`../../../fixtures/models/${name}`, import.meta.url));
  /** A file of one tensor "a" with these bytes. */
  const single = (dtype: string, data: Uint8Array, count: number): Uint8Array => {
    const header = `{"a":{"dtype":"${dtype}","shape":[${count}],"data_offsets":[0,${data.length}]}}`;
    const bytes = file(header, data.length);
    bytes.set(data, bytes.length - data.length);
    return bytes;
  };

  test('gives the values of the reference', () => {
    const { tensors } = importSafetensors(models('other-dtypes.safetensors'));
    const expected = readSafetensors(models('other-dtypes-values.safetensors')).tensors;
    expect([...tensors.keys()].sort()).toEqual(['d', 'f', 'h']);
    for (const [name, { shape, data }] of expected) {
      expect(tensors.get(name)!.shape).toEqual(shape);
      expect(Buffer.from(bytesOf(tensors.get(name)!.data))).toEqual(Buffer.from(bytesOf(data)));
    }
  });

  test('F16: every number is its own value; BF16 is the upper half', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, half) => half);
    const bytes = new Uint8Array(all.buffer);
    const halves = importSafetensors(single('F16', bytes, 65536)).tensors.get('a')!.data;
    halves.forEach((value, half) => {
      const exponent = (half >> 10) & 31;
      const fraction = half & 1023;
      const size = exponent === 0 ? fraction / 2 ** 24 : (1024 + fraction) * 2 ** (exponent - 25);
      const special = fraction === 0 ? Infinity : NaN;
      const magnitude = exponent === 31 ? special : size;
      if (!Object.is(value, half >= 32768 ? -magnitude : magnitude)) expect(half).toBe(value);
    });
    const upper = importSafetensors(single('BF16', bytes, 65536)).tensors.get('a')!.data;
    const bits = new Uint32Array(upper.buffer);
    expect(bits.every((word, at) => word === at * 65536)).toBe(true);
  });

  test.each([
    ['value_not_exact', single('F64', new Uint8Array(Float64Array.of(0.1).buffer), 1)],
    ['value_not_exact', single('F64', new Uint8Array(Float64Array.of(1e39).buffer), 1)],
    ['value_not_exact', single('F64', new Uint8Array(Float64Array.of(NaN).buffer), 1)],
    ['dtype_unsupported', single('I32', new Uint8Array(4), 1)],
    ['size_mismatch', single('F16', new Uint8Array(4), 1)],
    ['ok', single('F64', new Uint8Array(Float64Array.of(-0, Infinity).buffer), 2)],
  ])('%s', (code, bytes) => {
    expect(codeOf(bytes, importSafetensors)).toBe(code);
    if (code !== 'size_mismatch') expect(codeOf(bytes)).toBe('dtype_unsupported');
  });
});

describe('hostile files', () => {
  const huge = new Uint8Array(16);
  huge.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

  test.each<[string, Uint8Array]>([
    ['ok', file('{}  ')],
    ['ok', file(`{"a":${entry(0, 8)}}`, 8)],
    ['file_too_short', new Uint8Array(7)],
    ['header_too_large', huge],
    ['header_beyond_file', file('{}').subarray(0, 9)],
    ['header_not_utf8', file(Uint8Array.of(0x7b, 0xff, 0x7d))],
    ['header_not_json', file('')],
    ['header_not_json', file(' {}')],
    ['header_not_json', file('[]')],
    ['header_not_json', file('{}x')],
    ['header_not_json', file('{"a"')],
    ['header_not_json', file(`{"a":${entry(0, 0)},}`)],
    ['header_not_json', file(`{"a\u0000":${entry(0, 0)}}`)],
    ['header_not_json', file('{"\\')],
    ['header_not_json', file(`{"a":${entry(0, 4, '[-1]')}}`, 4)],
    ['header_not_json', file(`{"a":${entry(0, 4, '[1.0]')}}`, 4)],
    ['header_not_json', file(`{"a":${entry(0, 4, '[1e0]')}}`, 4)],
    ['header_not_json', file(`{"a":${entry(0, 4, '[01]')}}`, 4)],
    ['header_not_json', file(`{"a":${entry(0, 4, '[9999999999999999]')}}`, 4)],
    ['name_duplicate', file(`{"a":${entry(0, 0)},"\\u0061":${entry(0, 0)}}`)],
    ['name_duplicate', file('{"__metadata__":{},"__metadata__":{}}')],
    ['metadata_invalid', file('{"__metadata__":{"a":1}}')],
    ['metadata_invalid', file('{"__metadata__":{"a":"","a":""}}')],
    ['metadata_invalid', file('{"__metadata__":[]}')],
    ['tensor_entry_invalid', file('{"a":3}')],
    ['tensor_entry_invalid', file('{"a":{"dtype":"F32","shape":[]}}')],
    ['tensor_entry_invalid', file('{"a":{"dtype":"F32","dtype":"F32"}}')],
    ['tensor_entry_invalid', file('{"__proto__":{"x":1}}')],
    ['tensor_entry_invalid', file('{"a":{"dtype":"F32","shape":[],"data_offsets":[0]}}')],
    ['tensor_entry_invalid', file('{"a":{"dtype":"F99","shape":[0],"data_offsets":[0,0]}}')],
    ['dtype_unsupported', file('{"a":{"dtype":"BF16","shape":[0],"data_offsets":[0,0]}}')],
    ['shape_too_large', file(`{"a":${entry(0, 0, '[4294967296,4294967296]')}}`)],
    ['size_mismatch', file(`{"a":${entry(0, 4, '[2]')}}`, 4)],
    ['size_mismatch', file(`{"a":${entry(8, 4, '[1]')}}`, 8)],
    ['offset_overlap', file(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, 12)],
    ['offset_gap', file(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12)],
    ['offset_gap', file(`{"a":${entry(4, 8)}}`, 8)],
    ['offset_out_of_range', file(`{"a":${entry(0, 8)}}`, 4)],
    ['trailing_bytes', file(`{"a":${entry(0, 4)}}`, 5)],
    ['trailing_bytes', file('{}', 1)],
  ])('%s', (code, bytes) => {
    expect(codeOf(bytes)).toBe(code);
  });

  test('random damage to a good file is read or refused, never a crash', () => {
    const damage = fc.array(fc.tuple(fc.nat(reference.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(damage, fc.nat(reference.length), (edits, length) => {
        const bytes = new Uint8Array(reference);
        for (const [at, value] of edits) bytes[at] = value;
        codeOf(bytes);
        // Damaged and cut it can be whole again: a shorter header makes its padding data.
        codeOf(bytes.subarray(0, length));
        const cut = reference.subarray(0, Math.min(length, reference.length - 1));
        expect(codeOf(cut)).not.toBe('ok');
      }),
      { numRuns: 2000 },
    );
  });

  test('a header of millions of characters in one string costs linear time', () => {
    expect(codeOf(file(`{"${'a'.repeat(4_000_000)}`))).toBe('header_not_json');
  });
});
