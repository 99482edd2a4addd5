/**
 * Element types of GGUF tensors and the f32 they stand for, exactly: a product of a binary16 scale
 * and an integer of 8 bits has at most 19 significant bits. Source: ggml-quants.c, dequantize_row_*.
 *
 *   Q8_0: 32 elements in 34 bytes: d f16, q i8[32];         x[i] = d q[i]
 *   Q4_0: 32 elements in 18 bytes: d f16, q u4[32];         x[i] = d (q[i] - 8)
 *         element i < 16 is the low half of byte i, element i + 16 its high half
 */
import { decodeBfloats, decodeHalves, float32OfHalf } from '../tensors/small-floats.ts';
import { bytesOf } from '../tensors/tensor.ts';

export interface GgufElementType {
  readonly name: string;
  /** Elements of a block; a row is whole blocks. */
  readonly blockElements: number;
  readonly blockBytes: number;
  /** Fills `data` from its blocks. */
  readonly decode: (data: Float32Array, bytes: Uint8Array) => void;
}

const QUANTS = 32;

/** By the number that stands for it in the file (enum ggml_type). */
export const GGUF_ELEMENT_TYPES: ReadonlyMap<number, GgufElementType> = new Map([
  [0, { name: 'F32', blockElements: 1, blockBytes: 4, decode: decodeFloats }],
  [1, { name: 'F16', blockElements: 1, blockBytes: 2, decode: decodeHalves }],
  [2, { name: 'Q4_0', blockElements: QUANTS, blockBytes: 18, decode: decodeQ4 }],
  [8, { name: 'Q8_0', blockElements: QUANTS, blockBytes: 34, decode: decodeQ8 }],
  [30, { name: 'BF16', blockElements: 1, blockBytes: 2, decode: decodeBfloats }],
]);

function decodeFloats(data: Float32Array, bytes: Uint8Array): void {
  bytesOf(data).set(bytes);
}

function decodeQ8(data: Float32Array, bytes: Uint8Array): void {
  for (let block = 0; block * QUANTS < data.length; block += 1) {
    const from = block * 34;
    const scale = float32OfHalf(bytes[from]! | (bytes[from + 1]! << 8));
    for (let i = 0; i < QUANTS; i += 1) {
      const quant = (bytes[from + 2 + i]! << 24) >> 24; // sign extended
      data[block * QUANTS + i] = quant * scale;
    }
  }
}

function decodeQ4(data: Float32Array, bytes: Uint8Array): void {
  for (let block = 0; block * QUANTS < data.length; block += 1) {
    const from = block * 18;
    const scale = float32OfHalf(bytes[from]! | (bytes[from + 1]! << 8));
    for (let i = 0; i < QUANTS / 2; i += 1) {
      const pair = bytes[from + 2 + i]!;
      data[block * QUANTS + i] = ((pair & 15) - 8) * scale;
      data[block * QUANTS + i + QUANTS / 2] = ((pair >> 4) - 8) * scale;
    }
  }
}
