/**
 * e^x on pairs of f64 in WASM: math/exp.ts, operation by operation. Beyond -708..709 it saturates
 * where math/exp.ts goes on to 0 and infinity: to f32, which is where every user rounds it or its
 * reciprocal, that is the same. 2^k is made from its exponent's bits instead of being looked up.
 */
import { c } from './exact-geometry.ts';
import { get, seq, set } from './wasm-assembler.ts';
import type { Frame, Instruction, Local } from './wasm-assembler.ts';
import { f64x2, i64x2 } from './wasm-f64.ts';
import { COEFFICIENTS, INV_LN2, LN2_HI, LN2_LO, ROUNDER } from '../math/exp.ts';

const { add, sub, mul, min, max } = f64x2;
const number = f64x2.const;
/** Bits of an f64 before its exponent. */
const MANTISSA_BITS = 52;

/** Takes the locals it needs; the answer may be used any number of times. */
export function pairExp(frame: Frame): (x: Instruction) => Instruction {
  const [x, t, k, r, r2, r4] = frame.locals('v128', 6) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const [C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13] = COEFFICIENTS.map(number) as [
    Instruction,
    Instruction,
    Instruction,
    Instruction,
    Instruction,
    Instruction,
    Instruction,
    Instruction,
    Instruction,
    Instruction,
    Instruction,
  ];
  const low = add(
    mul(get(r2), add(number(0.5), mul(get(r), C3))),
    mul(get(r4), add(add(C4, mul(get(r), C5)), mul(get(r2), add(C6, mul(get(r), C7))))),
  );
  const high = add(
    add(add(C8, mul(get(r), C9)), mul(get(r2), add(C10, mul(get(r), C11)))),
    mul(get(r4), add(C12, mul(get(r), C13))),
  );
  const ofReduced = add(number(1), add(get(r), add(low, mul(mul(get(r4), get(r4)), high))));
  // The rounder's own bits end in twelve zeros, so what is shifted up is k alone.
  const power = i64x2.add(i64x2.shl(get(t), c(MANTISSA_BITS)), number(1));
  return (of) =>
    seq(
      set(x, min(max(of, number(-708)), number(709))),
      set(t, add(mul(get(x), number(INV_LN2)), number(ROUNDER))),
      set(k, sub(get(t), number(ROUNDER))),
      set(r, sub(sub(get(x), mul(get(k), number(LN2_HI))), mul(get(k), number(LN2_LO)))),
      set(r2, mul(get(r), get(r))),
      set(r4, mul(get(r2), get(r2))),
      mul(ofReduced, power),
    );
}
