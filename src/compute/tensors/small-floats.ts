/**
 * Narrow floats as the f32 of the same value. Bits, not numbers, are moved, so that a NaN keeps its
 * payload. Sources: IEEE 754-2019 binary16; bfloat16 is the upper half of a binary32.
 */
const cell = new Uint32Array(1);
const value = new Float32Array(cell.buffer);

/** Bits of the f32 that equals the binary16 with these bits: 1 sign, 5 exponent, 10 fraction. */
export function float32BitsOfHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (fraction << 13)) >>> 0;
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
  value[0] = fraction * 2 ** -24; // zero or subnormal: exact, and normal as f32
  return (sign | cell[0]!) >>> 0;
}

/** The f32 that equals the binary16 with these bits, for numbers; a NaN gives some NaN. */
export function float32OfHalf(half: number): number {
  cell[0] = float32BitsOfHalf(half);
  return value[0]!;
}

/** By the bits of the binary16: its f32's bits. Made when first used. */
let halves: Uint32Array | undefined;

/** Fills `data` from as many little-endian binary16 numbers. */
export function decodeHalves(data: Float32Array, bytes: Uint8Array): void {
  halves ??= Uint32Array.from({ length: 65536 }, (_, half) => float32BitsOfHalf(half));
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < bits.length; i += 1) {
    bits[i] = halves[bytes[2 * i]! | (bytes[2 * i + 1]! << 8)]!;
  }
}

/** Fills `data` from as many little-endian bfloat16 numbers. */
export function decodeBfloats(data: Float32Array, bytes: Uint8Array): void {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < bits.length; i += 1) {
    bits[i] = ((bytes[2 * i]! << 16) | (bytes[2 * i + 1]! << 24)) >>> 0;
  }
}
