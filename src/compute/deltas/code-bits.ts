/**
 * Codes below 4 in two bits each, four in a byte, the first in the low bits:
 * a + (b << 2) + (c << 4) + (d << 6). Bits after the last are 0.
 */
import { DeltaError } from './delta-error.ts';

export const codeBytes = (count: number): number => Math.ceil(count / 4);

export function packCodes(codes: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(codeBytes(codes.length));
  for (let i = 0; i < codes.length; i += 1) bytes[i >> 2]! |= codes[i]! << (2 * (i & 3));
  return bytes;
}

/** `bytes` are as many as `count` codes take. Throws DeltaError `unused_bits_set`. */
export function unpackCodes(bytes: Uint8Array, count: number): Uint8Array {
  const codes = new Uint8Array(count);
  for (let i = 0; i < count; i += 1) codes[i] = (bytes[i >> 2]! >> (2 * (i & 3))) & 3;
  if (count % 4 !== 0 && bytes[count >> 2]! >> (2 * (count % 4)) !== 0) {
    throw new DeltaError('unused_bits_set', 'bits after the last code are not 0');
  }
  return codes;
}
