/** Exact kernels over elements: ops/swiglu.ts, ops/residual.ts, optim/adamw.ts. */
import { c } from './exact-geometry.ts';
import { pairExp } from './exact-exp.ts';
import { at, pairs } from './exact-loops.ts';
import type { Body } from './exact-loops.ts';
import { f32, f32x4, get, i32, loopRange, seq, set, v128 } from './wasm-assembler.ts';
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

/** numbers: beta1, 1 - beta1, beta2, 1 - beta2, eps, keep, rate, 1 / sqrt bias, gradient scale. */
export function adamW([p, g, m, v]: readonly Local[], { frame, from, to, number }: Body) {
  const i = frame.local('i32');
  const numbers = frame.locals('v128', 9);
  const [gradient, first, second] = frame.locals('v128', 3) as [Local, Local, Local];
  const [beta1, rest1, beta2, rest2, eps, keep, rate, inverseRoot, scale] = numbers.map(get);
  return seq(
    ...numbers.map((local, index) => set(local, f64x2.splat(number(index)))),
    pairs(i, get(from), get(to), (width) =>
      seq(
        set(gradient, f64x2.mul(loadPair(width, at(g!, i)), scale!)),
        storePair(
          width,
          at(m!, i),
          f64x2.add(
            f64x2.mul(beta1!, loadPair(width, at(m!, i))),
            f64x2.mul(rest1!, get(gradient)),
          ),
        ),
        storePair(
          width,
          at(v!, i),
          f64x2.add(
            f64x2.mul(beta2!, loadPair(width, at(v!, i))),
            f64x2.mul(f64x2.mul(rest2!, get(gradient)), get(gradient)),
          ),
        ),
        set(first, loadPair(width, at(m!, i))),
        set(second, loadPair(width, at(v!, i))),
        storePair(
          width,
          at(p!, i),
          f64x2.sub(
            f64x2.mul(loadPair(width, at(p!, i)), keep!),
            f64x2.div(
              f64x2.mul(rate!, get(first)),
              f64x2.add(f64x2.mul(f64x2.sqrt(get(second)), inverseRoot!), eps!),
            ),
          ),
        ),
      ),
    ),
  );
}

export function add([y, a, b]: readonly Local[], { frame, from, to }: Body) {
  const i = frame.local('i32');
  return seq(
    loopRange(
      i,
      get(from),
      i32.sub(get(to), c(3)),
      c(4),
      v128.store(at(y!, i), f32x4.add(v128.load(at(a!, i)), v128.load(at(b!, i)))),
    ),
    loopRange(
      i,
      get(i),
      get(to),
      c(1),
      f32.store(at(y!, i), [...f32.load(at(a!, i)), ...f32.load(at(b!, i)), 0x92]),
    ),
  );
}
