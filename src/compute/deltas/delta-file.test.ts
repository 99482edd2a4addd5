/** Files from strangers: each rule of the format, broken alone, has its code; golden bytes stand. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import { decodeDelta } from './decode-delta.ts';
import { readDeltaFile, writeDeltaFile } from './delta-file.ts';
import type { DeltaFile } from './delta-file.ts';
import { encodeDelta } from './encode-delta.ts';
import type { DeltaEncoding } from './encoding.ts';
import type { PartName } from './parts.ts';

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/deltas/${name}`, import.meta.url));
const oracle = readSafetensors(fixture('oracle.safetensors')).tensors;
const delta = writeSafetensors(
  new Map(
    ['gain', 'scalar', 'empty', 'three'].map((name) => [name, oracle.get(`delta/0/${name}`)!]),
  ),
);
const encodings: Record<string, DeltaEncoding> = {
  raw: { name: 'raw' },
  absmax: { name: 'int8', statistic: 'absmax', block: 64, decay: 0.95 },
  bins: { name: 'int8', statistic: 'bins', block: 1024, decay: 0.95 },
  sparseloco: { name: 'sparseloco', tile: 16, top: 8, decay: 0.95 },
  demo: { name: 'demo', tile: 16, top: 8, decay: 0.95 },
};
const encodedAs = (name: string): Uint8Array => encodeDelta(encodings[name]!, null, delta).encoded;
const ELEMENTS_MAX = 1000;

function codeOf(file: Uint8Array, elementsMax = ELEMENTS_MAX): string {
  try {
    decodeDelta(file, elementsMax);
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test.each(Object.keys(encodings))('golden: %s', (name) => {
  expect(Buffer.compare(encodedAs(name), fixture(`golden-${name}.safetensors`))).toBe(0);
});

test('golden: what the sparseloco file decodes to', () => {
  const { tensors } = decodeDelta(fixture('golden-sparseloco.safetensors'), ELEMENTS_MAX);
  const recorded = fixture('golden-sparseloco-decoded.safetensors');
  expect(Buffer.compare(writeSafetensors(tensors), recorded)).toBe(0);
});

describe('a file that was altered', () => {
  const altered = (name: string, change: (file: DeltaFile) => Partial<DeltaFile>): string => {
    const file = readDeltaFile(encodedAs(name), ELEMENTS_MAX)!;
    return codeOf(writeDeltaFile({ ...file, ...change(file) }));
  };
  const withPart = (name: string, part: PartName, edit: (bytes: Uint8Array) => Uint8Array | void) =>
    altered(name, ({ parts }) => {
      const bytes = Uint8Array.from(parts.get(part)!);
      return { parts: new Map(parts).set(part, edit(bytes) ?? bytes) };
    });
  const float = (bytes: Uint8Array, index: number, value: number): void =>
    new DataView(bytes.buffer).setFloat32(4 * index, value, true);

  test('is as it was when nothing is altered', () => {
    for (const name of Object.keys(encodings)) expect(codeOf(encodedAs(name))).toBe('ok');
    expect(altered('demo', () => ({}))).toBe('ok');
  });

  test.each<[string, PartName]>([
    ['absmax', 'scales'],
    ['absmax', 'codes'],
    ['bins', 'levels'],
    ['bins', 'codes'],
    ['sparseloco', 'levels'],
    ['sparseloco', 'counts'],
    ['sparseloco', 'codes'],
    ['sparseloco', 'indices'],
    ['demo', 'values'],
    ['demo', 'counts'],
    ['demo', 'indices'],
  ])('%s: %s of another size', (name, part) => {
    expect(withPart(name, part, (bytes) => bytes.slice(4))).toBe('part_size_mismatch');
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

  test.each(['sparseloco', 'demo'])('%s: counts and indices', (name) => {
    expect(withPart(name, 'counts', (bytes) => void (bytes[0] = 9))).toBe('count_out_of_range');
    expect(withPart(name, 'indices', (bytes) => void bytes.copyWithin(0, 3, 6))).toBe(
      'index_invalid',
    );
    expect(withPart(name, 'indices', (bytes) => void (bytes[bytes.length - 1] = 0xff))).toMatch(
      /index_invalid|unused_bits_set/,
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
      return codeOf(Buffer.concat([size, text, file.subarray(8 + length)]));
    };
    expect(respelt((text) => text)).toBe('ok');
    expect(respelt((text) => `${text}        `)).toBe('not_canonical');
    expect(respelt((text) => text.replace('"shape"', ' "shape"'))).toBe('not_canonical');
    expect(respelt((text) => text.replace('0.95', '9.5e-1'))).toBe('not_canonical');
    expect(respelt((text) => text.replace('"delta":"1"', '"delta":"1","note":"x"'))).toBe(
      'not_canonical',
    );
    expect(respelt((text) => text.replace('"delta":"1"', '"delta":"2"'))).toBe('version_unknown');
    expect(respelt((text) => text.replace('"U16"', '"I16"'))).toBe('not_canonical');
    expect(respelt((text) => text.replace('"codes"', '"others"'))).toBe('part_missing');
    expect(respelt((text) => text.replace('sparseloco', 'raw'))).toBe('spec_invalid');
    expect(respelt((text) => text.replace('[\\"gain\\"', '[\\"aaaa\\"'))).toBe('table_invalid');
    expect(respelt((text) => text.replace('[300]', '[1e9]'))).toBe('delta_too_large');
    expect(respelt((text) => text.replace('[300]', '[-1]'))).toBe('table_invalid');
    expect(respelt((text) => text.replace('[300]', '[9007199254740991,4]'))).toBe('table_invalid');
  });

  test('cut short, or with bytes after its end', () => {
    for (const name of Object.keys(encodings)) {
      const file = encodedAs(name);
      expect(codeOf(Buffer.concat([file, Buffer.of(0)]))).toBe('trailing_bytes');
      expect(codeOf(file.subarray(0, -1))).toBe('offset_out_of_range');
    }
  });

  test('a raw delta in another spelling, or with what is no number', () => {
    const laid = writeSafetensors(readSafetensors(delta).tensors, new Map([['a', 'b']]));
    expect(codeOf(laid)).toBe('version_unknown');
    const nan = new Map([['w', { shape: [1], data: Float32Array.of(NaN) }]]);
    expect(codeOf(writeSafetensors(nan))).toBe('value_not_finite');
  });

  test('small for what it stands for: nothing is allocated beyond the bound', () => {
    for (const name of Object.keys(encodings)) {
      expect(codeOf(encodedAs(name), 354)).toBe('delta_too_large');
      expect(codeOf(encodedAs(name), 355)).toBe('ok');
    }
    const encoding = encodings['sparseloco'] as DeltaFile['encoding'];
    const table = new Map([['w', [2 ** 24, 2 ** 20]]]);
    const parts = new Map(
      (['levels', 'counts', 'codes', 'indices'] as const).map((part) => [part, new Uint8Array(0)]),
    );
    const vast = writeDeltaFile({ encoding, table, parts });
    expect(codeOf(vast)).toBe('delta_too_large');
  });
});
