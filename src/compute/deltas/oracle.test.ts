/** Decoded deltas and feedback over two windows, against NumPy and PyTorch (fixtures/deltas). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { encodeDelta } from './encode-delta.ts';
import type { DeltaEncoding } from './encoding.ts';

const recorded = readSafetensors(
  readFileSync(new URL('../../../fixtures/deltas/oracle.safetensors', import.meta.url)),
).tensors;
const under = (prefix: string): Tensors =>
  new Map(
    [...recorded]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
const decay = 0.95;

/** Decoded and feedback of both windows. */
function windows(encoding: DeltaEncoding): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let feedback: Uint8Array | null = null;
  for (const window of [0, 1]) {
    const sent = encodeDelta(encoding, feedback, writeSafetensors(under(`delta/${window}/`)));
    feedback = sent.feedback;
    files.set(`decoded/${window}/`, sent.decoded);
    files.set(`feedback/${window}/`, sent.feedback!);
  }
  return files;
}

describe('agrees with NumPy', () => {
  test.each<[string, DeltaEncoding]>([
    ['absmax', { name: 'int8', statistic: 'absmax', block: 64, decay }],
    ['bins', { name: 'int8', statistic: 'bins', block: 1024, decay }],
    ['sparseloco', { name: 'sparseloco', tile: 16, top: 8, decay }],
  ])('to the bit: %s', (name, encoding) => {
    for (const [what, file] of windows(encoding)) {
      const wanted = under(`${name}/${what}`);
      const got = readSafetensors(file).tensors;
      expect([...got.keys()].sort()).toEqual([...wanted.keys()].sort());
      for (const [tensor, { data, shape }] of got) {
        expect(shape).toEqual(wanted.get(tensor)!.shape);
        // Zeros compare equal whatever their sign: NumPy keeps -0 where a code of 0 meets a scale.
        const differing = data.filter((value, i) => value !== wanted.get(tensor)!.data[i]);
        expect([what, tensor, ...differing]).toEqual([what, tensor]);
      }
    }
  });

  test('within rounding: demo', () => {
    for (const [what, file] of windows({ name: 'demo', tile: 16, top: 8, decay })) {
      for (const [tensor, { data }] of readSafetensors(file).tensors) {
        const wanted = under(`demo/${what}`).get(tensor)!.data;
        const off = data.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)),
          0,
        );
        expect(off).toBeLessThan(1e-9); // values are near 1e-3
      }
    }
  });
});
