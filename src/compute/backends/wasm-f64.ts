/**
 * The assembler's f64 instructions: scalars and pairs, and how f32 storage becomes pairs and back.
 * A pair is promoted exactly; storing one rounds each lane to f32 once, as a typed array does.
 */
import { binary, load, simd, store, v128 } from './wasm-assembler.ts';
import type { Instruction } from './wasm-assembler.ts';

const unary =
  (...opcode: number[]) =>
  (value: Instruction): Instruction => [...value, ...opcode];
const bytesOf = (value: number): number[] => [...new Uint8Array(new Float64Array([value]).buffer)];
/** Memory operand of a lane instruction: no alignment, no offset, the lane. */
const storeLane =
  (opcode: number) =>
  (address: Instruction, value: Instruction): Instruction => [
    ...address,
    ...value,
    ...simd(opcode),
    0,
    0,
    0,
  ];

export const f64 = {
  const: (value: number): Instruction => [0x44, ...bytesOf(value)],
  load: load(0x2b),
  store: store(0x39),
  promote: unary(0xbb),
  add: binary(0xa0),
  sub: binary(0xa1),
  mul: binary(0xa2),
  div: binary(0xa3),
  sqrt: unary(0x9f),
  fromI32: unary(0xb7),
};

export const f64x2 = {
  const: (value: number): Instruction => f64x2.constLanes(value, value),
  constLanes: (first: number, second: number): Instruction => [
    ...simd(0x0c),
    ...bytesOf(first),
    ...bytesOf(second),
  ],
  splat: unary(...simd(0x14)),
  lane: (value: Instruction, lane: 0 | 1): Instruction => [...value, ...simd(0x21), lane],
  add: binary(...simd(0xf0)),
  sub: binary(...simd(0xf1)),
  mul: binary(...simd(0xf2)),
  div: binary(...simd(0xf3)),
  min: binary(...simd(0xf4)),
  max: binary(...simd(0xf5)),
  sqrt: unary(...simd(0xef)),
  neg: unary(...simd(0xed)),
  load: load(...simd(0x00)),
  store: store(...simd(0x0b)),
};

export const i64x2 = {
  /** Every lane shifted left. */
  shl: (value: Instruction, bits: Instruction): Instruction => [...value, ...bits, ...simd(0xcb)],
  add: binary(...simd(0xce)),
};

/** How many floats of storage a pair stands for: one at the end of an odd stretch. */
export type Width = 1 | 2;

/** Floats as f64 lanes; of one float the other lane is 0. */
export const loadPair = (width: Width, address: Instruction): Instruction => [
  ...load(...simd(width === 2 ? 0x5d : 0x5c))(address),
  ...simd(0x5f),
];

/** One float in both lanes. */
export const splatFloat = (address: Instruction): Instruction => [
  ...v128.load32Splat(address),
  ...simd(0x5f),
];

/** One f64 in both lanes. */
export const splatDouble = load(...simd(0x0a));

/** f64 lanes rounded to floats. */
export const storePair = (width: Width, address: Instruction, value: Instruction): Instruction =>
  storeLane(width === 2 ? 0x5b : 0x5a)(address, [...value, ...simd(0x5e)]);
