/** Exact kernels over blocks of int8: deltas/int8-absmax.ts. */
import { c, min, scaled } from './exact-geometry.ts';
import { at, fours } from './exact-loops.ts';
import type { Body } from './exact-loops.ts';
import { f32, f32x4, get, i32, loopRange, seq, set, v128, when } from './wasm-assembler.ts';
import type { Instruction, Local } from './wasm-assembler.ts';
import { f64, f64x2, loadPair } from './wasm-f64.ts';
import { i32x4, i8, narrow, narrow4, storeBytes } from './wasm-narrow.ts';
import { CODE_MAX, SCALE_MIN } from '../deltas/int8-absmax.ts';

const byteAt = (base: Local, i: Local): Instruction => i32.add(get(base), get(i));

/** Blocks from..to, each with where it begins and ends. */
function blocks(
  { frame, from, to }: Body,
  block: Local,
  length: Local,
  body: (b: Local, first: Local, end: Local) => Instruction,
): Instruction {
  const [b, first, end] = frame.locals('i32', 3) as [Local, Local, Local];
  return loopRange(
    b,
    get(from),
    get(to),
    c(1),
    seq(
      set(first, i32.mul(get(b), get(block))),
      set(end, min(i32.add(get(first), get(block)), get(length))),
      body(b, first, end),
    ),
  );
}

export function quantize(
  [codes, scales, data, block, length]: readonly Local[],
  context: Body,
): Instruction {
  const { frame } = context;
  const i = frame.local('i32');
  const scale = frame.local('f64');
  const greatest = frame.local('f32');
  const [widest, pair, words] = frame.locals('v128', 3) as [Local, Local, Local];
  const wider = (lane: number): Instruction =>
    set(greatest, narrow.max(get(greatest), narrow4.lane(get(widest), lane)));
  const quotient = (address: Instruction): Instruction =>
    f64x2.div(loadPair(2, address), get(pair));
  return blocks(context, block!, length!, (b, first, end) =>
    seq(
      set(widest, v128.splatConst(0)),
      set(greatest, f32.const(0)),
      fours(
        i,
        get(first),
        get(end),
        set(widest, narrow4.max(get(widest), narrow4.abs(v128.load(at(data!, i))))),
        set(greatest, narrow.max(get(greatest), narrow.abs(f32.load(at(data!, i))))),
      ),
      ...[0, 1, 2, 3].map(wider),
      set(
        scale,
        narrow.promote(narrow.demote(f64.div(narrow.promote(get(greatest)), f64.const(CODE_MAX)))),
      ),
      when(
        narrow.ge(get(scale), f64.const(SCALE_MIN)),
        seq(
          f32.store(at(scales!, b), narrow.demote(get(scale))),
          set(pair, f64x2.splat(get(scale))),
          fours(
            i,
            get(first),
            get(end),
            seq(
              set(
                words,
                i32x4.nearest(quotient(at(data!, i)), quotient(i32.add(at(data!, i), c(8)))),
              ),
              storeBytes(byteAt(codes!, i), get(words)),
            ),
            i8.store(
              byteAt(codes!, i),
              narrow.toI32(
                narrow.nearest(f64.div(narrow.promote(f32.load(at(data!, i))), get(scale))),
              ),
            ),
          ),
        ),
        seq(
          f32.store(at(scales!, b), f32.const(0)),
          i8.clear(byteAt(codes!, first), i32.sub(get(end), get(first))),
        ),
      ),
    ),
  );
}

/** A code times its scale has 31 bits at most: one rounding, as in f64 and then to f32. */
export function dequantize(
  [data, greatest, codes, scales, block, length]: readonly Local[],
  context: Body,
): Instruction {
  const { frame } = context;
  const [i, code, most] = frame.locals('i32', 3) as [Local, Local, Local];
  const [words, widest, scale] = frame.locals('v128', 3) as [Local, Local, Local];
  const larger = (value: Instruction): Instruction =>
    set(most, i32.select(value, get(most), i32.gt(value, get(most))));
  return blocks(context, block!, length!, (b, first, end) =>
    seq(
      set(scale, v128.load32Splat(at(scales!, b))),
      set(widest, v128.splatConst(0)),
      set(most, c(0)),
      fours(
        i,
        get(first),
        get(end),
        seq(
          set(words, i32x4.loadBytes(byteAt(codes!, i))),
          set(widest, i32x4.max(get(widest), i32x4.abs(get(words)))),
          v128.store(at(data!, i), f32x4.mul(narrow4.fromI32(get(words)), get(scale))),
        ),
        seq(
          set(code, i8.load(byteAt(codes!, i))),
          larger(get(code)),
          larger(i32.sub(c(0), get(code))),
          f32.store(
            at(data!, i),
            narrow.mul(narrow.fromI32(get(code)), f32.load(i32.add(get(scales!), scaled(get(b))))),
          ),
        ),
      ),
      ...[0, 1, 2, 3].map((lane) => larger(i32x4.lane(get(widest), lane))),
      i8.store(byteAt(greatest!, b), get(most)),
    ),
  );
}
