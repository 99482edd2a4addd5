/**
 * Products for the tests of backends: fast-check arbitraries over shapes and special values, and
 * the comparison that counts, bit for bit.
 */
import * as fc from 'fast-check';
import type { Backend, BatchedGemm } from '../backend.ts';
import { openReferenceBackend } from './reference.ts';

/** Zeros of both signs, subnormals, values that overflow or cancel, infinities, NaN. */
const SPECIAL = [
  0,
  -0,
  1e-45,
  -1e-40,
  1.17e-38,
  3.4e38,
  -3.4e38,
  16777217,
  Infinity,
  -Infinity,
  NaN,
];

/** Mostly ordinary numbers, so that most sums stay finite and order and rounding show. */
export const ordinary = fc.double({ min: -4, max: 4, noNaN: true });
export const anyFloat = fc.oneof(
  { weight: 30, arbitrary: ordinary },
  { weight: 1, arbitrary: fc.constantFrom(...SPECIAL) },
);

export function products(
  limit: { readonly size: number; readonly batch: number },
  element: fc.Arbitrary<number>,
): fc.Arbitrary<BatchedGemm> {
  const size = fc.integer({ min: 1, max: limit.size });
  return fc
    .record({
      m: size,
      n: size,
      k: size,
      batch: fc.integer({ min: 1, max: limit.batch }),
      transA: fc.boolean(),
      transB: fc.boolean(),
      accumulate: fc.boolean(),
      // A short tile of drawn values, repeated: shrinks well and is cheap to draw.
      values: fc.array(element, { minLength: 1, maxLength: 61 }),
    })
    .map(({ values, ...shape }) => filled(shape, values));
}

export type Shape = Omit<BatchedGemm, 'a' | 'b' | 'c'>;

/** A product of that shape whose arrays repeat `values`, each from another start. */
export function filled(shape: Shape, values: readonly number[]): BatchedGemm {
  const { batch, m, n, k } = shape;
  const floats = (length: number, start: number): Float32Array =>
    Float32Array.from({ length }, (_, i) => values[(i + start) % values.length]!);
  return {
    ...shape,
    a: floats(batch * m * k, 0),
    b: floats(batch * k * n, 17),
    c: floats(batch * m * n, 31),
  };
}

/** C of the product as the backend computes it; the product itself stays as it was. */
export async function computed(
  backend: Backend,
  op: BatchedGemm,
  storage: 'own' | 'foreign' = 'foreign',
): Promise<Uint32Array> {
  const place = (floats: Float32Array): Float32Array => {
    if (storage === 'foreign') return floats.slice();
    const own = backend.alloc(floats.length);
    own.set(floats);
    return own;
  };
  const run = { ...op, a: place(op.a), b: place(op.b), c: place(op.c) };
  await (op.batch === 1 ? backend.gemm(run) : backend.gemmBatched(run));
  const bits = bitsOf(run.c);
  backend.reset();
  return bits;
}

export function expected(op: BatchedGemm): Promise<Uint32Array> {
  return computed(openReferenceBackend(), op);
}

/** Copies through integers: copying floats one by one may alter the bits of a NaN. */
export function bitsOf(floats: Float32Array): Uint32Array {
  return new Uint32Array(floats.buffer, floats.byteOffset, floats.length).slice();
}

/** The first word in which two results differ, for `toBeUndefined`; quick where they are equal. */
export function difference(got: Uint32Array, want: Uint32Array): string | undefined {
  if (got.length !== want.length) return `${got.length} words instead of ${want.length}`;
  const at = got.findIndex((word, index) => word !== want[index]);
  return at < 0 ? undefined : `word ${at}: ${got[at]} instead of ${want[at]}`;
}
