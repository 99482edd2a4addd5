/** The exact backend's kernels of deltas/, held to the bits of the encodings' own loops. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backend } from '../backend.ts';
import { allocateDct } from '../deltas/dct.ts';
import { encodeDelta } from '../deltas/encode-delta.ts';
import type { DeltaEncoding } from '../deltas/encoding.ts';
import { plainDeltas } from '../deltas/plain-deltas.ts';
import type { DeltaKernels } from '../kernels.ts';
import { writeSafetensors } from '../tensors/safetensors.ts';
import { openExactBackend } from './exact.ts';

let backends: readonly Backend[];
beforeAll(async () => {
  backends = await Promise.all([1, 2, 4].map((threads) => openExactBackend({ threads })));
});
afterAll(() => Promise.all(backends.map((backend) => backend.close())));

const RUNS = { numRuns: 60 };

/** The same on plain loops and on every backend, whose memory the arrays do not lie in. */
function agree(call: (kernels: DeltaKernels) => (Float32Array | Uint8Array | Int8Array)[]): void {
  const plain = call(plainDeltas);
  for (const { kernels } of backends) {
    for (const [which, array] of call(kernels).entries()) {
      const wanted = plain[which]!;
      const at = wanted.findIndex((value: number, i: number) => !Object.is(value, array[i]));
      expect([which, at, array[at]]).toEqual([which, -1, undefined]);
    }
  }
}
const filled = (length: number, values: readonly number[], from = 0): Float32Array =>
  Float32Array.from({ length }, (_, i) => values[(from + i) % values.length]!);
const finite = fc.oneof(
  { weight: 6, arbitrary: fc.float({ noNaN: true, min: -8, max: 8 }) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, min: -(2 ** 90), max: 2 ** 90 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1e-45, 1.5, 2.5, 127, -127, 63.5, -0.5) },
);
const numbers = fc.array(finite, { minLength: 3, maxLength: 40 });

test('int8', () => {
  const sizes = fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 70 }));
  fc.assert(
    fc.property(numbers, sizes, (values, [n, block]) =>
      agree((kernels) => {
        const blocks = Math.ceil(n / block);
        const [codes, scales] = [new Int8Array(n).fill(5), new Float32Array(blocks)];
        kernels.quantize(codes, scales, filled(n, values), block);
        const [data, greatest] = [new Float32Array(n), new Uint8Array(blocks)];
        kernels.dequantize(data, greatest, codes, scales, block);
        return [codes, scales, data, greatest];
      }),
    ),
    { numRuns: 200 },
  );
});

test('int8 of codes that no encoder makes', () => {
  agree((kernels) => {
    const codes = Int8Array.from({ length: 77 }, (_, i) => (i % 3 === 0 ? -128 : i - 40));
    const [data, greatest] = [new Float32Array(77), new Uint8Array(8)];
    kernels.dequantize(data, greatest, codes, filled(8, [NaN, 1, Infinity, -0, -2]), 10);
    return [data, greatest];
  });
});

test('transforms of tiles of any size', () => {
  const side = fc.integer({ min: 1, max: 24 });
  fc.assert(
    fc.property(numbers, side, side, fc.integer({ min: 1, max: 3 }), (values, h, w, count) =>
      agree((kernels) => {
        const dct = allocateDct();
        const there = filled(count * h * w, values);
        kernels.forwardDct(dct, there, h, w);
        const back = there.map((x, i) => (i % 5 === 0 ? x : 0));
        kernels.inverseDct(dct, back, h, w);
        return [there, back];
      }),
    ),
    RUNS,
  );
});

test('in many pieces, shared out', () => {
  const values = Array.from({ length: 997 }, (_, i) => Math.sin(i * 12.9898) * 5);
  agree((kernels) => {
    const n = 140_003;
    const tiles = filled(37 * 4096, values);
    kernels.forwardDct(allocateDct(), tiles, 64, 64);
    const back = tiles.map((x, i) => (i % 63 === 0 ? x : 0));
    kernels.inverseDct(allocateDct(), back, 64, 64);
    const [codes, scales] = [new Int8Array(n), new Float32Array(Math.ceil(n / 256))];
    kernels.quantize(codes, scales, filled(n, values), 256);
    const [data, greatest] = [new Float32Array(n), new Uint8Array(scales.length)];
    kernels.dequantize(data, greatest, codes, scales, 256);
    return [tiles, back, codes, scales, data, greatest];
  });
});

test.each<DeltaEncoding>([
  { name: 'int8', statistic: 'absmax', block: 100, decay: 0.9 },
  { name: 'demo', tile: 24, top: 9, decay: 0.95 },
])('whole files: $name', (encoding) => {
  const data = Float32Array.from({ length: 61 * 83 }, (_, i) => Math.fround(Math.sin(i * i)));
  const bias = Float32Array.from({ length: 55 }, (_, i) => Math.fround(Math.cos(i * i)));
  const delta = writeSafetensors(
    new Map([
      ['bias', { shape: [55], data: bias }],
      ['weight', { shape: [61, 83], data }],
    ]),
  );
  const windows = (kernels: DeltaKernels): string[] => {
    const first = encodeDelta(encoding, null, delta, kernels);
    const second = encodeDelta(encoding, first.feedback, delta, kernels);
    return [first, second].flatMap(({ encoded, decoded, feedback }) =>
      [encoded, decoded, feedback!].map((file) => Buffer.from(file).toString('base64')),
    );
  };
  const plain = windows(plainDeltas);
  for (const { kernels } of backends) expect(windows(kernels)).toEqual(plain);
});
