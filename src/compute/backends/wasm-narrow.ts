/** The assembler's instructions between numbers and small integers, and on single f32s. */
import { binary, load, simd, store, v128 } from './wasm-assembler.ts';
import type { Instruction } from './wasm-assembler.ts';

const unary =
  (...opcode: number[]) =>
  (value: Instruction): Instruction => [...value, ...opcode];

export const i8 = {
  load: load(0x2c),
  store: store(0x3a),
  /** `bytes` zeros from an address on. */
  clear: (address: Instruction, bytes: Instruction): Instruction => [
    ...address,
    0x41,
    0,
    ...bytes,
    0xfc,
    0x0b,
    0,
  ],
};

export const narrow = {
  /** Of an f32: magnitude, the larger of two, product, a word as an f32. */
  abs: unary(0x8b),
  max: binary(0x97),
  mul: binary(0x94),
  fromI32: unary(0xb2),
  promote: unary(0xbb),
  /** Of an f64: halves to even; as an f32; as a word, saturating. */
  nearest: unary(0x9e),
  demote: unary(0xb6),
  toI32: unary(0xfc, 0x02),
  /** 1 where the left f64 is at least the right one. */
  ge: binary(0x66),
};

const lane =
  (opcode: number) =>
  (value: Instruction, index: number): Instruction => [...value, ...simd(opcode), index];

export const narrow4 = {
  abs: unary(...simd(0xe0)),
  max: binary(...simd(0xe9)),
  lane: lane(0x1f),
  fromI32: unary(...simd(0xfa)),
};

export const i32x4 = {
  abs: unary(...simd(0xa0)),
  max: binary(...simd(0xb8)),
  lane: lane(0x1b),
  /** Two pairs of f64, halves to even, as words, saturating. */
  nearest: (low: Instruction, high: Instruction): Instruction =>
    v128.shuffle32(
      unary(...simd(0xfc))(unary(...simd(0x94))(low)),
      unary(...simd(0xfc))(unary(...simd(0x94))(high)),
      [0, 1, 4, 5],
    ),
  /** Four signed bytes. */
  loadBytes: (address: Instruction): Instruction =>
    unary(...simd(0xa7))(unary(...simd(0x87))(v128.load32Splat(address))),
};

/** Four words between -128 and 127 as bytes; `words` is evaluated more than once. */
export const storeBytes = (address: Instruction, words: Instruction): Instruction => {
  const halves = [...words, ...words, ...simd(0x85)];
  return [...address, ...halves, ...halves, ...simd(0x65), ...simd(0x5a), 0, 0, 0];
};
