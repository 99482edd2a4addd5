/** What the row kernels are written with: addresses, loops over pairs, sums in order. */
import { c, scaled } from './exact-geometry.ts';
import { f32, f32x4, get, i32, loopRange, seq, set, v128, when } from './wasm-assembler.ts';
import type { Frame, Instruction, Local } from './wasm-assembler.ts';
import { f64, f64x2 } from './wasm-f64.ts';
import type { Width } from './wasm-f64.ts';

export const DOUBLE = 8;

/** What a kernel's body is written with. */
export interface Body {
  readonly frame: Frame;
  readonly from: Local;
  readonly to: Local;
  /** The f64 parameter of this index. */
  number(index: number): Instruction;
}

/** Address of element i of floats at a base. */
export const at = (base: Local, i: Local): Instruction => i32.add(get(base), scaled(get(i)));
export const doubleAt = (base: Local, i: Local): Instruction =>
  i32.add(get(base), i32.mul(get(i), c(DOUBLE)));
/** Start of a row of `width` floats. */
export const rowOf = (base: Local, row: Local, width: Local): Instruction =>
  i32.add(get(base), scaled(i32.mul(get(row), get(width))));

/** Elements from..to two at a time, the last alone where their number is odd. */
export function pairs(
  i: Local,
  from: Instruction,
  to: Instruction,
  body: (width: Width) => Instruction,
): Instruction {
  return seq(
    loopRange(i, from, i32.sub(to, c(1)), c(2), body(2)),
    when(i32.lt(get(i), to), seq(body(1), set(i, i32.add(get(i), c(1))))),
  );
}

/** Elements from..to four at a time, the last ones alone. */
export function fours(
  i: Local,
  from: Instruction,
  to: Instruction,
  four: Instruction,
  one: Instruction,
): Instruction {
  return seq(
    loopRange(i, from, i32.sub(to, c(3)), c(4), four),
    loopRange(i, get(i), to, c(1), one),
  );
}

/** to[i] = from[i], or added to what is there, for `width` floats. */
export function copyRow(
  i: Local,
  to: Local,
  from: Local,
  width: Local,
  accumulate: Local,
): Instruction {
  const [target, source] = [at(to, i), at(from, i)];
  return when(
    get(accumulate),
    fours(
      i,
      c(0),
      get(width),
      v128.store(target, f32x4.add(v128.load(target), v128.load(source))),
      f32.store(target, f32.add(f32.load(target), f32.load(source))),
    ),
    fours(
      i,
      c(0),
      get(width),
      v128.store(target, v128.load(source)),
      f32.store(target, f32.load(source)),
    ),
  );
}

/** Adds a pair's lanes to a sum, the first one first. */
export const addLanes = (sum: Local, width: Width, pair: Local): Instruction =>
  seq(
    set(sum, f64.add(get(sum), f64x2.lane(get(pair), 0))),
    width === 2 ? set(sum, f64.add(get(sum), f64x2.lane(get(pair), 1))) : [],
  );
