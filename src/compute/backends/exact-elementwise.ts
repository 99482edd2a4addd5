/** Exact kernels over elements: ops/swiglu.ts, ops/residual.ts. */
import { pairExp } from './exact-exp.ts';
import { at, fours, pairs } from './exact-loops.ts';
import type { Body } from './exact-loops.ts';
import { f32, f32x4, get, seq, set, v128 } from './wasm-assembler.ts';
import type { Local } from './wasm-assembler.ts';
import { f64x2, loadPair, storePair } from './wasm-f64.ts';

export function swigluForward([y, sigmoid, gate, up]: readonly Local[], { frame, from, to }: Body) {
  const i = frame.local('i32');
  const [g, s] = frame.locals('v128', 2) as [Local, Local];
  const exp = pairExp(frame);
  return pairs(i, get(from), get(to), (width) =>
    seq(
      set(g, loadPair(width, at(gate!, i))),
      set(s, f64x2.div(f64x2.const(1), f64x2.add(f64x2.const(1), exp(f64x2.neg(get(g)))))),
      storePair(width, at(sigmoid!, i), get(s)),
      // What was stored is what is used: rounded.
      set(s, loadPair(width, at(sigmoid!, i))),
      storePair(
        width,
        at(y!, i),
        f64x2.mul(f64x2.mul(get(g), get(s)), loadPair(width, at(up!, i))),
      ),
    ),
  );
}

export function swigluBackward(
  [dGate, dUp, dy, sigmoid, gate, up]: readonly Local[],
  { frame, from, to }: Body,
) {
  const i = frame.local('i32');
  const [g, s, d, toGate] = frame.locals('v128', 4) as [Local, Local, Local, Local];
  const one = f64x2.const(1);
  return pairs(i, get(from), get(to), (width) =>
    seq(
      set(g, loadPair(width, at(gate!, i))),
      set(s, loadPair(width, at(sigmoid!, i))),
      set(d, loadPair(width, at(dy!, i))),
      set(
        toGate,
        f64x2.mul(
          f64x2.mul(f64x2.mul(get(d), loadPair(width, at(up!, i))), get(s)),
          f64x2.add(one, f64x2.mul(get(g), f64x2.sub(one, get(s)))),
        ),
      ),
      storePair(width, at(dUp!, i), f64x2.mul(f64x2.mul(get(d), get(g)), get(s))),
      storePair(width, at(dGate!, i), get(toGate)),
    ),
  );
}

export function add([y, a, b]: readonly Local[], { frame, from, to }: Body) {
  const i = frame.local('i32');
  return fours(
    i,
    get(from),
    get(to),
    v128.store(at(y!, i), f32x4.add(v128.load(at(a!, i)), v128.load(at(b!, i)))),
    f32.store(at(y!, i), f32.add(f32.load(at(a!, i)), f32.load(at(b!, i)))),
  );
}
