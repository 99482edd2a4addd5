/** Files from strangers: each rule of the format, broken alone, has its code; golden bytes stand. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import { decodeDelta } from './decode-delta.ts';
import type { DeltaTerms } from './decode-delta.ts';
import { readDeltaFile, writeDeltaFile } from './delta-file.ts';
import { encodeDelta } from './encode-delta.ts';
import type { DeltaEncoding, LossyEncoding } from './encoding.ts';
import type { PartName, Parts } from './parts.ts';
import { inNameOrder, tableOf } from './table.ts';

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/deltas/${name}`, import.meta.url));
const oracle = readSafetensors(fixture('oracle.safetensors')).tensors;
const tensors = new Map(
  ['gain', 'scalar', 'empty', 'three'].map((name) => [name, oracle.get(`delta/0/${name}`)!]),
);
const delta = writeSafetensors(tensors);
const table = inNameOrder(tableOf(tensors));
const encodings: Record<string, DeltaEncoding> = {
  raw: { name: 'raw' },
  absmax: { name: 'int8', statistic: 'absmax', block: 64, decay: 0.95 },
  bins: { name: 'int8', statistic: 'bins', block: 1024, decay: 0.95 },
  sparseloco: { name: 'sparseloco', tile: 16, top: 8, decay: 0.95 },
  demo: { name: 'demo', tile: 16, top: 8, decay: 0.95 },
};
const encodedAs = (name: string): Uint8Array => encodeDelta(encodings[name]!, null, delta).encoded;
const termsOf = (name: string): DeltaTerms => ({ encoding: encodings[name]!, shapes: table });

function codeOf(terms: DeltaTerms, file: Uint8Array): string {
  try {
    decodeDelta(terms, file);
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test.each(Object.keys(encodings))('golden: %s', (name) => {
  expect(Buffer.compare(encodedAs(name), fixture(`golden-${name}.safetensors`))).toBe(0);
});

test('golden: what the sparseloco file decodes to', () => {
  const decoded = decodeDelta(termsOf('sparseloco'), fixture('golden-sparseloco.safetensors'));
  const recorded = fixture('golden-sparseloco-decoded.safetensors');
  expect(Buffer.compare(writeSafetensors(decoded), recorded)).toBe(0);
});

describe('a file that was altered', () => {
  const withPart = (
    name: string,
    part: PartName,
    edit: (bytes: Uint8Array) => Uint8Array | void,
  ): string => {
    const encoding = encodings[name] as LossyEncoding;
    const parts = readDeltaFile(encoding, table, encodedAs(name));
    const bytes = Uint8Array.from(parts.get(part)!);
    const edited: Parts = new Map(parts).set(part, edit(bytes) ?? bytes);
    return codeOf(termsOf(name), writeDeltaFile(encoding, table, edited));
  };
  const float = (bytes: Uint8Array, index: number, value: number): void =>
    new DataView(bytes.buffer).setFloat32(4 * index, value, true);

  test('is as it was when nothing is altered', () => {
    for (const name of Object.keys(encodings)) {
      expect(codeOf(termsOf(name), encodedAs(name))).toBe('ok');
    }
    expect(withPart('demo', 'places', () => {})).toBe('ok');
  });

  test.each<[string, PartName]>([
    ['absmax', 'scales'],
    ['absmax', 'codes'],
    ['bins', 'levels'],
    ['bins', 'codes'],
    ['sparseloco', 'levels'],
    ['sparseloco', 'codes'],
    ['sparseloco', 'places'],
    ['demo', 'values'],
    ['demo', 'places'],
  ])('%s: %s of another size', (name, part) => {
    expect(withPart(name, part, (bytes) => bytes.slice(0, -4))).toBe('part_size_mismatch');
    expect(withPart(name, part, (bytes) => Buffer.concat([bytes, new Uint8Array(4)]))).toBe(
      'part_size_mismatch',
    );
  });

  test.each([NaN, Infinity, -1, -0, 2 ** -130, 2 ** 101])('a scale of %d', (value) => {
    expect(withPart('absmax', 'scales', (bytes) => float(bytes, 0, value))).toBe('level_invalid');
  });

  test('codes under a scale', () => {
    const code = (value: number) => (bytes: Uint8Array) => void bytes.fill(value, 0, 64);
    expect(withPart('absmax', 'codes', code(0x80))).toBe('code_invalid');
    expect(withPart('absmax', 'codes', code(126))).toBe('code_invalid');
    expect(withPart('absmax', 'scales', (bytes) => float(bytes, 0, 0))).toBe('code_invalid');
  });

  test.each(['bins', 'sparseloco'])('%s: levels out of order, unused or no numbers', (name) => {
    const level = (index: number, value: number) =>
      withPart(name, 'levels', (bytes) => float(bytes, index, value));
    const base = name === 'bins' ? 0 : 4; // the tensor without elements comes first
    expect(level(base, 1e6)).toBe('level_invalid');
    expect(level(base, NaN)).toBe('level_invalid');
    expect(level(base + 1, -Infinity)).toBe('level_invalid');
    // The scalar has one level.
    const scalar = name === 'bins' ? 256 : 8;
    expect(level(scalar + 1, 1)).toBe('level_invalid');
    expect(level(scalar + 1, -0)).toBe('level_invalid');
    expect(level(0, name === 'bins' ? 1e6 : 1)).toBe('level_invalid');
  });

  test('numbers of levels with one left out', () => {
    const skip = (bytes: Uint8Array): void => void bytes.fill(200, 0, 1);
    expect(withPart('bins', 'codes', (bytes) => void bytes.fill(255))).toBe('code_invalid');
    expect(withPart('bins', 'codes', skip)).toBe('code_invalid');
    expect(withPart('sparseloco', 'codes', (bytes) => void bytes.fill(0xff, 0, 4))).toBe(
      'code_invalid',
    );
  });

  test.each(['sparseloco', 'demo'])('%s: lists of places', (name) => {
    const first = (byte: number) => (bytes: Uint8Array) => void (bytes[0] = byte);
    // "0" and a count of all 8 that the first tile may keep.
    expect(withPart(name, 'places', first(0b10000))).toBe('count_out_of_range');
    expect(withPart(name, 'places', (bytes) => void bytes.fill(0xff, 0, 10))).toBe('index_invalid');
    expect(withPart(name, 'places', (bytes) => void (bytes[bytes.length - 1]! |= 0x80))).toMatch(
      /index_invalid|unused_bits_set|part_size_mismatch/,
    );
  });

  test.each([0, -0, NaN, Infinity, 2 ** 108])('a coefficient of %d', (value) => {
    expect(withPart('demo', 'values', (bytes) => float(bytes, 0, value))).toBe('value_invalid');
  });

  test('other words for the same', () => {
    const file = Buffer.from(encodedAs('sparseloco'));
    const length = Number(file.readBigUInt64LE(0));
    const header = file.subarray(8, 8 + length).toString();
    const respelt = (edit: (text: string) => string): string => {
      const text = Buffer.from(edit(header));
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(text.length));
      return codeOf(termsOf('sparseloco'), Buffer.concat([size, text, file.subarray(8 + length)]));
    };
    expect(respelt((text) => text)).toBe('ok');
    expect(respelt((text) => `${text}        `)).toBe('not_canonical');
    expect(respelt((text) => text.replace('"shape"', ' "shape"'))).toBe('not_canonical');
    expect(respelt((text) => text.replace('"delta":"2"', '"delta":"2","note":"x"'))).toBe(
      'not_canonical',
    );
    expect(respelt((text) => text.replace('"delta":"2"', '"delta":"1"'))).toBe('version_unknown');
    expect(respelt((text) => text.replace('"U8"', '"I8"'))).toBe('not_canonical');
    expect(respelt((text) => text.replace('"codes"', '"others"'))).toBe('part_missing');
    for (const [was, is] of [
      ['0.95', '9.5e-1'],
      ['0.95', '0.9'],
      ['sparseloco', 'demo'],
      ['sparseloco', 'raw'],
    ] as const) {
      expect(respelt((text) => text.replace(was, is))).toBe('encoding_mismatch');
    }
    for (const [was, is] of [
      ['[\\"gain\\"', '[\\"aaaa\\"'],
      ['[300]', '[301]'],
      ['[300]', '[300,1]'],
      ['[300]', '[ 300]'],
      ['[300]', '[9007199254740991,4]'],
    ] as const) {
      expect(respelt((text) => text.replace(was, is))).toBe('tensors_mismatch');
    }
  });

  test('cut short, or with bytes after its end', () => {
    for (const name of Object.keys(encodings)) {
      const file = encodedAs(name);
      expect(codeOf(termsOf(name), Buffer.concat([file, Buffer.of(0)]))).toBe('trailing_bytes');
      expect(codeOf(termsOf(name), file.subarray(0, -1))).toBe('offset_out_of_range');
    }
  });

  test('a raw delta in another spelling, or with what is no number', () => {
    const noted = writeSafetensors(tensors, new Map([['a', 'b']]));
    expect(codeOf(termsOf('raw'), noted)).toBe('encoding_mismatch');
    expect(codeOf(termsOf('raw'), spaced(delta))).toBe('not_canonical');
    const nan = new Map([['w', { shape: [1], data: Float32Array.of(NaN) }]]);
    const terms: DeltaTerms = { encoding: { name: 'raw' }, shapes: tableOf(nan) };
    expect(codeOf(terms, writeSafetensors(nan))).toBe('value_not_finite');
  });

  /** The same tensors behind a header that is padded further. */
  function spaced(file: Uint8Array): Uint8Array {
    const length = Number(Buffer.from(file).readBigUInt64LE(0));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(length + 8));
    const padding = Buffer.from('        ');
    return Buffer.concat([size, file.subarray(8, 8 + length), padding, file.subarray(8 + length)]);
  }
});

describe('a file on other terms than agreed', () => {
  const names = Object.keys(encodings);

  test('is refused whatever it is', () => {
    for (const agreed of names) {
      for (const sent of names) {
        // A raw file tells what it is by having no metadata.
        const wanted = agreed === sent ? 'ok' : 'encoding_mismatch';
        expect([agreed, sent, codeOf(termsOf(agreed), encodedAs(sent))]).toEqual([
          agreed,
          sent,
          wanted,
        ]);
      }
      const more = new Map([...table, ['more', [1]]]);
      const fewer = new Map([...table].slice(1));
      const turned = new Map(table).set('three', [9, 3, 2]);
      for (const shapes of [more, fewer, turned, new Map<string, number[]>()]) {
        expect(codeOf({ ...termsOf(agreed), shapes }, encodedAs(agreed))).toBe('tensors_mismatch');
      }
    }
  });

  test('terms may list the tensors in any order, and must be an encoding', () => {
    for (const name of names) {
      const shapes = new Map([...table].toReversed());
      expect(codeOf({ ...termsOf(name), shapes }, encodedAs(name))).toBe('ok');
    }
    const encoding = { ...encodings['demo'], top: 0 } as DeltaEncoding;
    expect(codeOf({ encoding, shapes: table }, encodedAs('demo'))).toBe('spec_invalid');
  });

  test('small for what it claims to stand for: nothing is allocated for a claim', () => {
    const encoding = encodings['sparseloco'] as LossyEncoding;
    const parts: Parts = new Map(
      (['levels', 'codes', 'places'] as const).map((part) => [part, new Uint8Array(0)]),
    );
    const vast = writeDeltaFile(encoding, new Map([['w', [2 ** 24, 2 ** 20]]]), parts);
    expect(codeOf(termsOf('sparseloco'), vast)).toBe('tensors_mismatch');
  });
});
