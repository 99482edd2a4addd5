/** Exact kernels over rows of exponentials: ops/causal-softmax.ts, ops/cross-entropy.ts. */
import { c } from './exact-geometry.ts';
import { pairExp } from './exact-exp.ts';
import { addLanes, at, doubleAt, pairs, rowOf } from './exact-loops.ts';
import type { Body } from './exact-loops.ts';
import { f32, get, i32, loopRange, seq, set, simd, v128, when } from './wasm-assembler.ts';
import type { Frame, Instruction, Local } from './wasm-assembler.ts';
import { f64, f64x2, loadPair, storePair } from './wasm-f64.ts';

/** max <- the largest of `end` floats at `row`, the first among equals. */
function largest(frame: Frame): (max: Local, row: Local, end: Instruction) => Instruction {
  const i = frame.local('i32');
  const [lanes, four] = frame.locals('v128', 2) as [Local, Local];
  const x = frame.local('f32');
  const larger = (value: Instruction, max: Local): Instruction =>
    seq(set(x, value), when(f32Greater(get(x), get(max)), set(max, get(x))));
  return (max, row, end) =>
    seq(
      set(max, f32.load(get(row))),
      set(lanes, [...get(max), ...simd(0x13)]),
      loopRange(
        i,
        c(0),
        i32.sub(end, c(3)),
        c(4),
        seq(set(four, v128.load(at(row, i))), set(lanes, pmax(get(lanes), get(four)))),
      ),
      ...[0, 1, 2, 3].map((lane) => larger([...get(lanes), ...simd(0x1f), lane], max)),
      loopRange(i, get(i), end, c(1), larger(f32.load(at(row, i)), max)),
    );
}

const f32Greater = (left: Instruction, right: Instruction): Instruction => [
  ...left,
  ...right,
  0x5e,
];

/** Lane by lane: right where left < right, else left. */
const pmax = (left: Instruction, right: Instruction): Instruction => [
  ...left,
  ...right,
  ...simd(0xeb),
];

/** Rows are (matrix, t); row t has t + 1 terms, the rest becomes 0. numbers: 0 scale. */
export function softmaxForward(
  [scores, length]: readonly Local[],
  { frame, from, to, number }: Body,
) {
  const [r, row, end, i] = frame.locals('i32', 4) as [Local, Local, Local, Local];
  const max = frame.local('f32');
  const [sum, scale] = frame.locals('f64', 2) as [Local, Local];
  const [e, inverse, top, scales] = frame.locals('v128', 4) as [Local, Local, Local, Local];
  const exp = pairExp(frame);
  const findMax = largest(frame);
  return seq(
    set(scale, number(0)),
    set(scales, f64x2.splat(get(scale))),
    loopRange(
      r,
      get(from),
      get(to),
      c(1),
      seq(
        set(row, rowOf(scores!, r, length!)),
        set(end, i32.add(remainder(get(r), get(length!)), c(1))),
        findMax(max, row, get(end)),
        set(top, f64x2.splat(f64.promote(get(max)))),
        set(sum, f64.const(0)),
        pairs(i, c(0), get(end), (width) =>
          seq(
            storePair(
              width,
              at(row, i),
              exp(f64x2.mul(f64x2.sub(loadPair(width, at(row, i)), get(top)), get(scales))),
            ),
            set(e, loadPair(width, at(row, i))),
            addLanes(sum, width, e),
          ),
        ),
        set(inverse, f64x2.splat(f64.div(f64.const(1), get(sum)))),
        pairs(i, c(0), get(end), (width) =>
          storePair(width, at(row, i), f64x2.mul(loadPair(width, at(row, i)), get(inverse))),
        ),
        loopRange(i, get(end), get(length!), c(1), f32.store(at(row, i), f32.const(0))),
      ),
    ),
  );
}

const remainder = (left: Instruction, right: Instruction): Instruction => [...left, ...right, 0x6f];

/** numbers: 0 scale. */
export function softmaxBackward(
  [dProbabilities, probabilities, length]: readonly Local[],
  { frame, from, to, number }: Body,
) {
  const [r, row, pRow, end, i] = frame.locals('i32', 5) as Local[];
  const [dot, scale] = frame.locals('f64', 2) as [Local, Local];
  const [product, dots, scales] = frame.locals('v128', 3) as [Local, Local, Local];
  return seq(
    set(scale, number(0)),
    set(scales, f64x2.splat(get(scale))),
    loopRange(
      r!,
      get(from),
      get(to),
      c(1),
      seq(
        set(row!, rowOf(dProbabilities!, r!, length!)),
        set(pRow!, rowOf(probabilities!, r!, length!)),
        set(end!, i32.add(remainder(get(r!), get(length!)), c(1))),
        set(dot, f64.const(0)),
        pairs(i!, c(0), get(end!), (width) =>
          seq(
            set(product, f64x2.mul(loadPair(width, at(row!, i!)), loadPair(width, at(pRow!, i!)))),
            addLanes(dot, width, product),
          ),
        ),
        set(dots, f64x2.splat(get(dot))),
        pairs(i!, c(0), get(end!), (width) =>
          storePair(
            width,
            at(row!, i!),
            f64x2.mul(
              f64x2.mul(get(scales), loadPair(width, at(pRow!, i!))),
              f64x2.sub(loadPair(width, at(row!, i!)), get(dots)),
            ),
          ),
        ),
        loopRange(i!, get(end!), get(length!), c(1), f32.store(at(row!, i!), f32.const(0))),
      ),
    ),
  );
}

/** e^(x - max) of each row, its sum and its max in f64: the first half of a cross-entropy. */
export function exponentials(
  [to_, logits, sums, maxima, width_]: readonly Local[],
  { frame, from, to }: Body,
) {
  const [r, row, out, i] = frame.locals('i32', 4) as [Local, Local, Local, Local];
  const max = frame.local('f32');
  const sum = frame.local('f64');
  const [e, top] = frame.locals('v128', 2) as [Local, Local];
  const exp = pairExp(frame);
  const findMax = largest(frame);
  return loopRange(
    r,
    get(from),
    get(to),
    c(1),
    seq(
      set(row, rowOf(logits!, r, width_!)),
      set(out, rowOf(to_!, r, width_!)),
      findMax(max, row, get(width_!)),
      set(top, f64x2.splat(f64.promote(get(max)))),
      set(sum, f64.const(0)),
      pairs(i, c(0), get(width_!), (width) =>
        seq(
          storePair(width, at(out, i), exp(f64x2.sub(loadPair(width, at(row, i)), get(top)))),
          set(e, loadPair(width, at(out, i))),
          addLanes(sum, width, e),
        ),
      ),
      f64.store(doubleAt(sums!, r), get(sum)),
      f64.store(doubleAt(maxima!, r), f64.promote(get(max))),
    ),
  );
}

/** y = x f, f one number a row. */
export function scaleRows([y, x, factors, width_]: readonly Local[], { frame, from, to }: Body) {
  const [r, row, out, i] = frame.locals('i32', 4) as [Local, Local, Local, Local];
  const factor = frame.local('v128');
  return loopRange(
    r,
    get(from),
    get(to),
    c(1),
    seq(
      set(row, rowOf(x!, r, width_!)),
      set(out, rowOf(y!, r, width_!)),
      set(factor, f64x2.splat(f64.load(doubleAt(factors!, r)))),
      pairs(i, c(0), get(width_!), (width) =>
        storePair(width, at(out, i), f64x2.mul(loadPair(width, at(row, i)), get(factor))),
      ),
    ),
  );
}
