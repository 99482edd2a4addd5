/**
 * Rounding f32 values to narrower binary formats and back: what a value is once it was stored in one.
 * Round to nearest, ties to even; subnormals are kept; beyond the largest finite value by half a step
 * or more it is infinity (IEEE 754-2019 binary16; bfloat16 is binary32 cut to 8 significant bits). Any
 * NaN becomes the quiet NaN 0x7fc00000, since how payloads narrow is the hardware's choice.
 *
 * All of it is whole-number arithmetic on the bits, so the same on every engine.
 */
import { float32BitsOfHalf } from '../tensors/small-floats.ts';

export type FloatFormat = 'f32' | 'bf16' | 'f16';

export const FLOAT_FORMATS = ['f32', 'bf16', 'f16'] as const;

const NAN_BITS = 0x7fc00000;
const INFINITY_BITS = 0x7f800000;
/** 65520, half a step past the largest binary16, and 2^-14, its smallest normal. */
const HALF_OVERFLOW_BITS = 0x477ff000;
const HALF_NORMAL_BITS = 0x38800000;

/** Rounds in place. */
export function roundTo(format: FloatFormat, data: Float32Array): void {
  if (format === 'f32') return;
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  if (format === 'bf16') for (let i = 0; i < bits.length; i += 1) bits[i] = bfloatRounded(bits[i]!);
  else for (let i = 0; i < bits.length; i += 1) bits[i] = halfRounded(bits[i]!);
}

/** Bits of the f32 that is nearest among the bfloat16 numbers. */
export function bfloatRounded(bits: number): number {
  if ((bits & 0x7fffffff) > INFINITY_BITS) return NAN_BITS;
  // Half a step, less one where the kept part is even: a tie then does not carry. A carry out of the
  // fraction is the next exponent, and out of the last exponent infinity.
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000) >>> 0;
}

/** Bits of the f32 that is nearest among the binary16 numbers. */
export function halfRounded(bits: number): number {
  const magnitude = bits & 0x7fffffff;
  const sign = bits & 0x80000000;
  if (magnitude > INFINITY_BITS) return NAN_BITS;
  if (magnitude >= HALF_OVERFLOW_BITS) return (sign | INFINITY_BITS) >>> 0;
  if (magnitude < HALF_NORMAL_BITS) return (sign | halfSubnormal(magnitude)) >>> 0;
  return (sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1)) & 0xffffe000)) >>> 0;
}

/** Below 2^-14 the steps are 2^-24 wide: counts them, rounds the count, and widens it. */
function halfSubnormal(magnitude: number): number {
  const exponent = magnitude >>> 23;
  if (exponent < 102) return 0; // below 2^-25, half a step
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent; // significand 2^(exponent - 150) in units of 2^-24: 14..24 bits off
  const kept = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return float32BitsOfHalf(kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}
