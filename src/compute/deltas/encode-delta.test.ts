import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layOutHeader } from '../tensors/safetensors-layout.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import { bytesOf, elementCount } from '../tensors/tensor.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { decodeDelta } from './decode-delta.ts';
import { encodeDelta } from './encode-delta.ts';
import type { EncodedDelta } from './encode-delta.ts';
import type { DeltaEncoding } from './encoding.ts';
import { inNameOrder, tableOf } from './table.ts';

const decay = 0.95;
const lossy: DeltaEncoding[] = [
  { name: 'int8', statistic: 'absmax', block: 16, decay },
  { name: 'int8', statistic: 'bins', block: 1024, decay },
  { name: 'sparseloco', tile: 4, top: 3, decay },
  { name: 'sparseloco', tile: 64, top: 64, decay },
  { name: 'demo', tile: 8, top: 5, decay },
];
const every: DeltaEncoding[] = [{ name: 'raw' }, ...lossy];

const value = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -1, max: 1, noNaN: true }) },
  fc.constantFrom(0, -0, 0.5, -0.5, 2 ** -149, -(2 ** -149), 2 ** -127, 2 ** 99, -(2 ** 100)),
);
const shape = fc.oneof(
  fc.constantFrom([], [0], [0, 5], [5, 0], [1, 9], [9, 1], [2, 3, 5]),
  fc.array(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 2 }),
);
const tensor = shape.chain((sizes) => {
  const length = elementCount(sizes);
  return fc
    .array(value, { minLength: length, maxLength: length })
    .map((data): Tensor => ({ shape: sizes, data: Float32Array.from(data) }));
});
const tensors: fc.Arbitrary<Tensors> = fc
  .dictionary(fc.constantFrom('w', 'a.b', 'ä', '"', 'codes', '\u{1f40b}', '\ufffd'), tensor)
  .map((entries) => new Map(Object.entries(entries)));
const small = (delta: Tensors): Tensors =>
  new Map(
    [...delta].map(([name, { shape: sizes, data }]) => [
      name,
      { shape: sizes, data: data.map((x) => (Math.abs(x) > 1 ? 1 : x)) },
    ]),
  );

/** Its files as text: arrays of bytes are compared one byte after another, with a call for each. */
const inHex = (delta: EncodedDelta): Record<string, string | null> =>
  Object.fromEntries(
    Object.entries(delta).map(([name, file]: [string, Uint8Array | null]) => [
      name,
      file && Buffer.from(file).toString('hex'),
    ]),
  );

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe.each(every)('%j', (encoding) => {
  test('what was sent decodes to what the sender counted on', () => {
    fc.assert(
      fc.property(tensors, (delta) => {
        const { encoded, decoded } = encodeDelta(encoding, null, writeSafetensors(delta));
        const shapes = tableOf(delta);
        const back = decodeDelta({ encoding, shapes }, encoded);
        expect([...back.keys()]).toEqual([...inNameOrder(delta).keys()]);
        expect(Buffer.compare(writeSafetensors(back), decoded)).toBe(0);
      }),
    );
  });

  test('the order of the tensors in the file makes no difference', () => {
    fc.assert(
      fc.property(tensors, (delta) => {
        const file = writeSafetensors(delta);
        const turned = encodeDelta(encoding, null, inReverse(readSafetensors(file).tensors));
        expect(inHex(turned)).toEqual(inHex(encodeDelta(encoding, null, file)));
      }),
      { numRuns: 30 },
    );
  });

  test('a delta of zeros and one of nothing are sent as such', () => {
    const zeros = new Map([['w', { shape: [9, 70], data: new Float32Array(630) }]]);
    for (const delta of [zeros, new Map()]) {
      const file = writeSafetensors(delta);
      expect(Buffer.compare(encodeDelta(encoding, null, file).decoded, file)).toBe(0);
    }
  });
});

/** As another writer might lay it out. */
function inReverse(delta: Tensors): Uint8Array {
  const laid = [...delta].toReversed().map(([name, { shape: sizes, data }]) => {
    return { name, dtype: 'F32', shape: sizes, byteLength: data.byteLength, data };
  });
  return Buffer.concat([layOutHeader(laid, new Map()), ...laid.map(({ data }) => bytesOf(data))]);
}

describe.each(lossy)('feedback of %j', (encoding) => {
  test('is what the sum of delta and old feedback lost, rounded once', () => {
    fc.assert(
      fc.property(tensors, (some) => {
        const delta = small(some);
        const first = encodeDelta(encoding, null, writeSafetensors(delta));
        const second = encodeDelta(encoding, first.feedback, writeSafetensors(delta));
        const old = readSafetensors(first.feedback!).tensors;
        const sent = readSafetensors(second.decoded).tensors;
        for (const [name, { data }] of readSafetensors(second.feedback!).tensors) {
          const sum = delta
            .get(name)!
            .data.map((change, i) => Math.fround(decay * old.get(name)!.data[i]! + change));
          const lost = sum.map((e, i) => Math.fround(e - sent.get(name)!.data[i]!));
          expect(Buffer.compare(bytesOf(data), bytesOf(lost))).toBe(0);
          // Nothing sent, nothing rounded.
          const unsent = sent.get(name)!.data.findIndex((d, i) => d === 0 && data[i]! !== sum[i]!);
          expect(unsent).toBe(-1);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is another input: the same delta after another feedback is sent otherwise', () => {
    const ramp = Float32Array.from({ length: 300 }, (_, i) => ((i * 37) % 307) - 150);
    const delta = writeSafetensors(new Map([['w', { shape: [15, 20], data: ramp }]]));
    const first = encodeDelta(encoding, null, delta);
    const second = encodeDelta(encoding, first.feedback, delta);
    expect(Buffer.compare(second.feedback!, first.feedback!)).not.toBe(0);
    expect(encodeDelta(encoding, first.feedback, delta)).toEqual(second);
  });
});

describe('refusals', () => {
  const one = (x: number, name = 'w', sizes = [1]): Uint8Array =>
    writeSafetensors(
      new Map([[name, { shape: sizes, data: new Float32Array(elementCount(sizes)).fill(x) }]]),
    );
  const [encoding] = lossy as [DeltaEncoding];
  const outcome = (feedback: Uint8Array | null, delta: Uint8Array, spec = encoding): string =>
    codeOf(() => encodeDelta(spec, feedback, delta));

  test.each([NaN, Infinity, -Infinity])('%d in delta or feedback', (x) => {
    for (const spec of every) expect(outcome(null, one(x), spec)).toBe('value_not_finite');
    expect(outcome(one(x), one(1))).toBe('value_not_finite');
  });

  test('feedback that does not fit', () => {
    expect(outcome(one(1, 'v'), one(1))).toBe('tensor_missing');
    expect(outcome(one(1, 'w', [1, 1]), one(1))).toBe('shape_mismatch');
    expect(outcome(one(1), one(1), { name: 'raw' })).toBe('feedback_unexpected');
    const forgetful: DeltaEncoding = { name: 'sparseloco', tile: 4, top: 1, decay: 0 };
    expect(outcome(one(1), one(1), forgetful)).toBe('feedback_unexpected');
    expect(encodeDelta(forgetful, null, one(1)).feedback).toBeNull();
    const noted = writeSafetensors(readSafetensors(one(1)).tensors, new Map([['a', 'b']]));
    expect(outcome(noted, one(1))).toBe('not_canonical');
    expect(outcome(new Uint8Array(3), one(1))).toBe('file_too_short');
  });

  test('values beyond the bound, in the delta or by feedback', () => {
    expect(outcome(null, one(2 ** 101))).toBe('value_too_large');
    expect(outcome(one(2 ** 100), one(2 ** 100))).toBe('value_too_large');
    expect(outcome(null, one(2 ** 100))).toBe('ok');
  });

  test('a specification out of its range', () => {
    expect(outcome(null, one(1), { ...lossy[2]!, top: 17 } as DeltaEncoding)).toBe('spec_invalid');
  });
});
