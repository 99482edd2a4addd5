/** Against files of the reference writer (fixtures/models/generate.py), and hostile ones. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ggufArray, ggufBytes, ggufText, u32, u64 } from '../../testing/gguf-bytes.ts';
import type { GgufParts, GgufTensor } from '../../testing/gguf-bytes.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import { bytesOf } from '../tensors/tensor.ts';
import { tokenCodec } from '../tokenizer/encode.ts';
import { TokenizerError } from '../tokenizer/tokenizer.ts';
import { GgufError } from './gguf-error.ts';
import { ggufTokenizer } from './gguf-tokenizer.ts';
import { readGguf } from './gguf.ts';
import type { GgufArray, GgufValue } from './metadata.ts';

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/models/${name}`, import.meta.url));
const everyKind = fixture('every-kind.gguf');

test('metadata of every type', () => {
  const { version, metadata } = readGguf(everyKind);
  expect(version).toBe(3);
  const values = Object.fromEntries([...metadata].map(([key, { value }]) => [key, value]));
  expect(values).toEqual({
    'general.architecture': 'gpt2',
    'n.u8': 255,
    'n.i8': -128,
    'n.u16': 65535,
    'n.i16': -32768,
    'n.u32': 4294967295,
    'n.i32': -2147483648,
    'n.u64': 9223372036854775813n,
    'n.i64': -9223372036854775808n,
    'n.f32': Math.fround(0.1),
    'n.f64': 0.1,
    yes: true,
    no: false,
    text: 'wei\u00dfer Wal \u{1f40b}\u0000.',
    'list.i32': { of: 'i32', values: [1, -2, 3] },
    'list.f32': { of: 'f32', values: [0.5, 1e10] },
    'list.bool': { of: 'bool', values: [true, false] },
    'list.text': { of: 'string', values: ['a', '', '\u9be8'] },
    'list.list': {
      of: 'array',
      values: [
        { of: 'i32', values: [1, 2] },
        { of: 'i32', values: [3] },
      ],
    },
  });
});

test('tensors are what the reference dequantises, to the bit', () => {
  const expected = readSafetensors(fixture('every-kind-values.safetensors')).tensors;
  const { tensors, elementTypes } = readGguf(everyKind);
  expect(Object.fromEntries(elementTypes)).toEqual({
    f32: 'F32',
    f16: 'F16',
    bf16: 'BF16',
    q8_0: 'Q8_0',
    q4_0: 'Q4_0',
    one: 'F32',
  });
  expect([...tensors.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, { shape, data }] of expected) {
    expect(tensors.get(name)!.shape).toEqual(shape);
    const same = Buffer.compare(bytesOf(tensors.get(name)!.data), bytesOf(data)) === 0;
    expect(same, name).toBe(true);
  }
});

test('version 2 reads the same, from any alignment', () => {
  const moved = new Uint8Array(everyKind.length + 1);
  moved.set(everyKind, 1);
  moved[5] = 2;
  const { version, tensors } = readGguf(moved.subarray(1));
  expect(version).toBe(2);
  expect(tensors).toEqual(readGguf(everyKind).tensors);
});

describe('the tokenizer in a file', () => {
  const file = readGguf(fixture('vocabulary.gguf'));

  test('is adopted with its numbering', () => {
    const { tokenizer, ids } = ggufTokenizer(file);
    const tokens = file.metadata.get('tokenizer.ggml.tokens')!.value as GgufArray;
    const theirs = (text: string): string[] =>
      Array.from(
        tokenCodec(tokenizer).encode(text),
        (id) => tokens.values[ids.indexOf(id)] as string,
      );
    expect(theirs('in the thing<|endoftext|><|user|>\n')).toEqual(
      ['in', '\u0120the', '\u0120t', 'h', 'ing'].concat(['<|endoftext|>', '<|user|>', '\u010a']),
    );
  });

  test.each<[string, GgufValue]>([
    ['model', 'llama'],
    ['pre', 'default'],
    ['tokens', 'none'],
    ['token_type', { of: 'i32', values: [1] }],
    ['merges', { of: 'string', values: ['a b c'] }],
  ])('is refused where %s is another', (key, value) => {
    const metadata = new Map(file.metadata);
    metadata.set(`tokenizer.ggml.${key}`, { type: 'string', value });
    try {
      ggufTokenizer({ ...file, metadata });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TokenizerError);
      expect((error as TokenizerError).code).toBe('file_unsupported');
    }
  });
});

describe('hostile files', () => {
  const codeOf = (bytes: Uint8Array): string => {
    try {
      readGguf(bytes);
      return 'ok';
    } catch (error) {
      if (error instanceof GgufError) return error.code;
      throw error;
    }
  };
  const tensor = (change: Partial<GgufTensor>): GgufTensor => ({
    name: 'a',
    sizes: [2],
    type: 0,
    offset: 0,
    ...change,
  });
  const a = tensor({});
  const data = new Uint8Array(8);
  /** Heads of arrays within one another, the innermost empty. */
  const nested = (depth: number): Uint8Array =>
    Buffer.concat([
      ...Array.from({ length: depth }, () => Buffer.concat([u32(9), u64(1)])),
      ggufArray(0, []),
    ]);
  const pair = (type: number, value: Uint8Array): GgufParts => ({ pairs: [['k', type, value]] });
  const two32 = { sizes: [8], name: 'b' };

  test.each<[string, GgufParts]>([
    ['ok', {}],
    ['ok', { tensors: [a], data }],
    ['ok', { tensors: [tensor({ sizes: [] })], data: new Uint8Array(4) }],
    ['ok', { tensors: [a, tensor({ ...two32, offset: 32 })], data: new Uint8Array(64) }],
    ['ok', { tensors: [a], data: new Uint8Array(32) }],
    ['ok', pair(9, nested(3))],
    ['version_unsupported', { version: 1 }],
    ['version_unsupported', { version: 0x03000000 }],
    ['file_truncated', { pairs: [['k', 10, u32(1)]], alignment: 1 }],
    ['count_beyond_file', { tensorCount: 2n ** 64n - 1n }],
    ['count_beyond_file', { tensorCount: 1 }],
    ['count_beyond_file', { pairCount: 2n ** 40n }],
    ['count_beyond_file', pair(8, u64(2n ** 63n))],
    ['count_beyond_file', pair(8, u64(1000))],
    ['count_beyond_file', pair(9, Buffer.concat([u32(0), u64(2n ** 53n)]))],
    ['count_beyond_file', pair(9, Buffer.concat([u32(9), u64(100)]))],
    ['text_not_utf8', pair(8, Buffer.concat([u64(1), Uint8Array.of(0xff)]))],
    ['value_invalid', pair(13, u32(0))],
    ['value_invalid', pair(9, Buffer.concat([u32(99), u64(0)]))],
    ['value_invalid', pair(7, Uint8Array.of(2))],
    ['nesting_too_deep', pair(9, nested(4))],
    ['nesting_too_deep', pair(9, nested(10_000))],
    ['key_duplicate', { pairs: [1, 2].map((n) => ['k', 4, u32(n)] as const) }],
    ['alignment_invalid', { pairs: [['general.alignment', 4, u32(48)]] }],
    ['alignment_invalid', { pairs: [['general.alignment', 4, u32(0)]] }],
    ['alignment_invalid', { pairs: [['general.alignment', 8, ggufText('32')]] }],
    [
      'offset_out_of_range',
      { pairs: [['general.alignment', 4, u32(2 ** 31)]], tensors: [a], data },
    ],
    ['name_duplicate', { tensors: [a, a], data }],
    ['shape_invalid', { tensors: [tensor({ sizes: [1, 1, 1, 1, 2] })], data }],
    ['shape_invalid', { tensors: [tensor({ sizes: [33], type: 8 })], data }],
    ['shape_too_large', { tensors: [tensor({ sizes: [2n ** 63n, 2] })], data }],
    ['shape_too_large', { tensors: [tensor({ sizes: [2 ** 32, 2 ** 32] })], data }],
    ['offset_out_of_range', { tensors: [tensor({ sizes: [2n ** 53n - 32n], type: 2 })], data }],
    ['type_unsupported', { tensors: [tensor({ type: 12 })], data }],
    ['offset_misaligned', { tensors: [tensor({ offset: 4 })], data }],
    ['offset_overlap', { tensors: [a, tensor({ ...two32 })], data: new Uint8Array(64) }],
    ['offset_gap', { tensors: [tensor({ offset: 32 })], data: new Uint8Array(64) }],
    ['offset_gap', { tensors: [tensor({ offset: 2n ** 63n })], data }],
    ['offset_out_of_range', { tensors: [a], data: new Uint8Array(7) }],
    ['offset_out_of_range', { tensors: [tensor({ sizes: [2 ** 40] })], data }],
    ['trailing_bytes', { tensors: [a], data: new Uint8Array(33) }],
  ])('%s', (code, parts) => {
    expect(codeOf(ggufBytes(parts))).toBe(code);
  });

  test('not_gguf', () => {
    expect(codeOf(new Uint8Array(0))).toBe('not_gguf');
    expect(codeOf(Buffer.from('GGML\u0003\0\0\0'))).toBe('not_gguf');
    expect(codeOf(Buffer.from('GGUF'))).toBe('file_truncated');
  });

  test('random damage to a good file is read or refused, never a crash', () => {
    const damage = fc.array(fc.tuple(fc.nat(everyKind.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(damage, fc.nat(everyKind.length), (edits, length) => {
        const bytes = new Uint8Array(everyKind);
        for (const [at, value] of edits) bytes[at] = value;
        codeOf(bytes);
        codeOf(bytes.subarray(0, length));
      }),
      { numRuns: 2000 },
    );
  });
});
