/**
 * Sizes that the exact kernels and their callers share, and the address arithmetic of the kernels.
 *
 * One tile of ROWS x COLUMNS stays in registers: 4 x 2 accumulators, 2 of B, 1 of A and 1 product
 * are 12 of the 15 vector registers that V8 hands out on x86-64. Measured there: tiles of 3x3, 4x3,
 * 5x2 and 6x2 vectors are no faster; the multiply and add ports are full.
 */
import { get, i32, set } from './wasm-assembler.ts';
import type { Instruction, Local } from './wasm-assembler.ts';

/** Rows of a register tile: one vector of a strip of A^T. */
export const ROWS = 4;
/** Vectors of a row of a register tile. */
export const VECTORS = 2;
/** Columns of a register tile and of a panel of packed B. */
export const COLUMNS = VECTORS * 4;
/** Rows of A^T packed at a time. */
export const ROW_BLOCK = 64;
/** Longest k block: a panel of B (12 KiB) stays in the first-level cache. */
export const K_BLOCK_MAX = 384;
/** Bytes of an f32. */
export const FLOAT = 4;
/** Bytes each thread needs of its own: packed A^T and one edge tile. */
export const SCRATCH_BYTES = (ROW_BLOCK * K_BLOCK_MAX + ROWS * COLUMNS) * FLOAT;

/** Address of the row kernels' f64 parameters, in the control words' part of the memory. */
export const NUMBERS_AT = 128;
export const NUMBERS_MAX = 16;

export const c = i32.const;
/** Floats to bytes. */
export const scaled = (floats: Instruction): Instruction => i32.mul(floats, c(FLOAT));
export const advance = (pointer: Local, bytes: number): Instruction =>
  set(pointer, i32.add(get(pointer), c(bytes)));
export const min = (x: Instruction, y: Instruction): Instruction => i32.select(x, y, i32.lt(x, y));
