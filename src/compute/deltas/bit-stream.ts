/**
 * Bits in bytes, the first in the lowest bit; numbers with their lowest bit first. A stream ends in
 * the byte of its last bit, and the bits after that are 0.
 */
import { DeltaError } from './delta-error.ts';

export interface BitWriter {
  /** Zeros from `at` on, and enough of them. */
  readonly bytes: Uint8Array;
  /** The next bit. */
  at: number;
}

export interface BitReader {
  readonly bytes: Uint8Array;
  at: number;
}

export function writeBit(out: BitWriter, bit: 0 | 1): void {
  if (bit === 1) out.bytes[out.at >> 3]! |= 1 << (out.at & 7);
  out.at += 1;
}

/** The `width` low bits of `value`, up to 30. */
export function writeBits(out: BitWriter, value: number, width: number): void {
  for (let i = 0; i < width; i += 1) {
    out.bytes[out.at >> 3]! |= ((value >> i) & 1) << (out.at & 7);
    out.at += 1;
  }
}

export function written({ bytes, at }: BitWriter): Uint8Array {
  return bytes.subarray(0, Math.ceil(at / 8));
}

/** Throws DeltaError `part_size_mismatch` at the end. */
export function readBit(bits: BitReader): number {
  const { bytes, at } = bits;
  if (at >> 3 >= bytes.length) throw new DeltaError('part_size_mismatch', 'a list is cut short');
  bits.at += 1;
  return (bytes[at >> 3]! >> (at & 7)) & 1;
}

/** Throws DeltaError `part_size_mismatch` at the end. */
export function readBits(bits: BitReader, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i += 1) value |= readBit(bits) << i;
  return value;
}

/** Throws DeltaError unless the stream ends here: part_size_mismatch, unused_bits_set. */
export function expectEndOfBits({ bytes, at }: BitReader): void {
  if (Math.ceil(at / 8) !== bytes.length) {
    throw new DeltaError('part_size_mismatch', 'there are bytes after the last list');
  }
  if (at % 8 !== 0 && bytes[at >> 3]! >> (at % 8) !== 0) {
    throw new DeltaError('unused_bits_set', 'bits after the last list are not 0');
  }
}
