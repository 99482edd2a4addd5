/**
 * Small numbers in few bits, the first ones in the low bits:
 *
 *   12 bits, two in three bytes:  a & 255 | (a >> 8) + ((b & 15) << 4) | b >> 4
 *    2 bits, four in a byte:      a + (b << 2) + (c << 4) + (d << 6)
 *
 * The list of a tile starts at a byte of its own; bits after its end are 0.
 */
import { DeltaError } from './delta-error.ts';

export const indexBytes = (count: number): number => Math.ceil((count * 3) / 2);
export const codeBytes = (count: number): number => Math.ceil(count / 4);

/** `indices` are below 4096; `out` is 0 where it is written to. */
export function packIndices(
  indices: Uint16Array,
  count: number,
  out: Uint8Array,
  at: number,
): void {
  for (let i = 0; i < count; i += 1) {
    const byte = at + (i >> 1) * 3;
    const index = indices[i]!;
    if (i % 2 === 0) {
      out[byte] = index & 255;
      out[byte + 1] = index >> 8;
    } else {
      out[byte + 1]! |= (index & 15) << 4;
      out[byte + 2] = index >> 4;
    }
  }
}

/** Throws DeltaError: index_invalid unless they ascend below `end`, unused_bits_set. */
export function unpackIndices(
  bytes: Uint8Array,
  at: number,
  count: number,
  end: number,
  out: Uint16Array,
): void {
  let last = -1;
  for (let i = 0; i < count; i += 1) {
    const byte = at + (i >> 1) * 3;
    const index =
      i % 2 === 0
        ? bytes[byte]! + ((bytes[byte + 1]! & 15) << 8)
        : (bytes[byte + 1]! >> 4) + (bytes[byte + 2]! << 4);
    if (index <= last || index >= end) {
      throw new DeltaError('index_invalid', `index ${index} after ${last} in a tile of ${end}`);
    }
    out[i] = index;
    last = index;
  }
  if (count % 2 === 1 && bytes[at + indexBytes(count) - 1]! >> 4 !== 0) throw unusedBits();
}

/** Packs `count` codes below 4 from `from` on. */
export function packCodes(
  codes: Uint8Array,
  from: number,
  count: number,
  out: Uint8Array,
  at: number,
): void {
  for (let i = 0; i < count; i += 1) out[at + (i >> 2)]! |= codes[from + i]! << (2 * (i & 3));
}

/** Throws DeltaError `unused_bits_set`. */
export function unpackCodes(
  bytes: Uint8Array,
  at: number,
  count: number,
  out: Uint8Array,
  to: number,
): void {
  for (let i = 0; i < count; i += 1) out[to + i] = (bytes[at + (i >> 2)]! >> (2 * (i & 3))) & 3;
  if (count % 4 !== 0 && bytes[at + (count >> 2)]! >> (2 * (count % 4)) !== 0) throw unusedBits();
}

const unusedBits = (): DeltaError =>
  new DeltaError('unused_bits_set', 'bits after the end of a list are not 0');
