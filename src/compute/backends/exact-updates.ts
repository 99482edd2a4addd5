/** Exact kernels of optim/: the updates of one tensor, and its sum of squares. */
import { addLanes, at, pairs } from './exact-loops.ts';
import type { Body } from './exact-loops.ts';
import { get, seq, set } from './wasm-assembler.ts';
import type { Instruction, Local } from './wasm-assembler.ts';
import { f64, f64x2, loadPair, storePair } from './wasm-f64.ts';
import type { Width } from './wasm-f64.ts';

const { add, sub, mul, div, sqrt } = f64x2;

/** The first `count` real parameters in both lanes: how to set them, and each of them. */
function numbers({ frame, number }: Body, count: number): [Instruction, readonly Instruction[]] {
  const locals = frame.locals('v128', count);
  const filled = locals.map((local, index) => set(local, f64x2.splat(number(index))));
  return [seq(...filled), locals.map(get)];
}

const load = (width: Width, base: Local, i: Local): Instruction => loadPair(width, at(base, i));
const store = (width: Width, base: Local, i: Local, value: Instruction): Instruction =>
  storePair(width, at(base, i), value);

/** base <- keep base + by. */
const decayed = (
  width: Width,
  base: Local,
  i: Local,
  keep: Instruction,
  by: Instruction,
): Instruction => store(width, base, i, add(mul(keep, load(width, base, i)), by));

/** Moments m and v of a gradient d. */
const moments = (
  width: Width,
  i: Local,
  [m, v]: readonly Local[],
  d: Local,
  [beta1, rest1, beta2, rest2]: readonly Instruction[],
): Instruction =>
  seq(
    decayed(width, m!, i, beta1!, mul(rest1!, get(d))),
    decayed(width, v!, i, beta2!, mul(mul(rest2!, get(d)), get(d))),
  );

/** rate m / (sqrt(v) inverseRoot + eps), of moments as stored. */
const adaptive = (
  width: Width,
  i: Local,
  [m, v]: readonly Local[],
  [rate, inverseRoot, eps]: readonly Instruction[],
): Instruction =>
  div(mul(rate!, load(width, m!, i)), add(mul(sqrt(load(width, v!, i)), inverseRoot!), eps!));

/** numbers: beta1, 1 - beta1, beta2, 1 - beta2, eps, keep, rate, 1 / sqrt bias, gradient scale. */
export function adamW([p, g, m, v]: readonly Local[], context: Body) {
  const i = context.frame.local('i32');
  const d = context.frame.local('v128');
  const [filled, all] = numbers(context, 9);
  const [, , , , eps, keep, rate, inverseRoot, scale] = all as Instruction[];
  return seq(
    filled,
    pairs(i, get(context.from), get(context.to), (width) =>
      seq(
        set(d, mul(load(width, g!, i), scale!)),
        moments(width, i, [m!, v!], d, all),
        store(
          width,
          p!,
          i,
          sub(
            mul(load(width, p!, i), keep!),
            adaptive(width, i, [m!, v!], [rate!, inverseRoot!, eps!]),
          ),
        ),
      ),
    ),
  );
}

/** d = g scale + decay p. */
const coupled = (
  width: Width,
  i: Local,
  [p, g]: readonly Local[],
  scale: Instruction,
  decay: Instruction,
): Instruction => add(mul(load(width, g!, i), scale), mul(decay, load(width, p!, i)));

/** numbers as adamW, with the weight decay for `keep`. */
export function adam([p, g, m, v]: readonly Local[], context: Body) {
  const i = context.frame.local('i32');
  const d = context.frame.local('v128');
  const [filled, all] = numbers(context, 9);
  const [, , , , eps, decay, rate, inverseRoot, scale] = all as Instruction[];
  return seq(
    filled,
    pairs(i, get(context.from), get(context.to), (width) =>
      seq(
        set(d, coupled(width, i, [p!, g!], scale!, decay!)),
        moments(width, i, [m!, v!], d, all),
        store(
          width,
          p!,
          i,
          sub(load(width, p!, i), adaptive(width, i, [m!, v!], [rate!, inverseRoot!, eps!])),
        ),
      ),
    ),
  );
}

/** numbers: learning rate, weight decay, gradient scale. */
export function sgd([p, g]: readonly Local[], context: Body) {
  const i = context.frame.local('i32');
  const [filled, [rate, decay, scale]] = numbers(context, 3);
  return seq(
    filled,
    pairs(i, get(context.from), get(context.to), (width) =>
      store(
        width,
        p!,
        i,
        sub(load(width, p!, i), mul(rate!, coupled(width, i, [p!, g!], scale!, decay!))),
      ),
    ),
  );
}

/** numbers: learning rate, weight decay, gradient scale, keep, take, own, ahead. */
export function sgdMomentum([p, g, b]: readonly Local[], context: Body) {
  const i = context.frame.local('i32');
  const d = context.frame.local('v128');
  const [filled, [rate, decay, scale, keep, take, own, ahead]] = numbers(context, 7);
  return seq(
    filled,
    pairs(i, get(context.from), get(context.to), (width) =>
      seq(
        set(d, coupled(width, i, [p!, g!], scale!, decay!)),
        decayed(width, b!, i, keep!, mul(take!, get(d))),
        store(
          width,
          p!,
          i,
          sub(
            load(width, p!, i),
            mul(rate!, add(mul(own!, get(d)), mul(ahead!, load(width, b!, i)))),
          ),
        ),
      ),
    ),
  );
}

/** numbers: rate, weight decay, gradient scale, momentum. */
export function lars([p, g, b]: readonly Local[], context: Body) {
  const i = context.frame.local('i32');
  const [filled, [rate, decay, scale, momentum]] = numbers(context, 4);
  return seq(
    filled,
    pairs(i, get(context.from), get(context.to), (width) =>
      seq(
        decayed(width, b!, i, momentum!, mul(rate!, coupled(width, i, [p!, g!], scale!, decay!))),
        store(width, p!, i, sub(load(width, p!, i), load(width, b!, i))),
      ),
    ),
  );
}

/** numbers: beta1, 1 - beta1, beta2, 1 - beta2, gradient scale. */
export function lambMoments([g, m, v]: readonly Local[], context: Body) {
  const i = context.frame.local('i32');
  const d = context.frame.local('v128');
  const [filled, all] = numbers(context, 5);
  return seq(
    filled,
    pairs(i, get(context.from), get(context.to), (width) =>
      seq(set(d, mul(load(width, g!, i), all[4]!)), moments(width, i, [m!, v!], d, all)),
    ),
  );
}

/** LAMB's u; numbers from the first on: rate, 1 / sqrt bias, eps, weight decay. */
const lambUpdate = (
  width: Width,
  i: Local,
  [p, m, v]: readonly Local[],
  all: readonly Instruction[],
): Instruction => add(adaptive(width, i, [m!, v!], all), mul(all[3]!, load(width, p!, i)));

/** numbers: rate, 1 / sqrt bias, eps, weight decay. */
export function lambSquares([sum, p, m, v]: readonly Local[], context: Body) {
  const i = context.frame.local('i32');
  const u = context.frame.local('v128');
  const [filled, all] = numbers(context, 4);
  return seq(
    filled,
    summed(context, sum!, i, u, (width) =>
      seq(set(u, lambUpdate(width, i, [p!, m!, v!], all)), set(u, mul(get(u), get(u)))),
    ),
  );
}

/** numbers: as lambSquares, and how far. */
export function lambMove([p, m, v]: readonly Local[], context: Body) {
  const i = context.frame.local('i32');
  const [filled, all] = numbers(context, 5);
  return seq(
    filled,
    pairs(i, get(context.from), get(context.to), (width) =>
      store(
        width,
        p!,
        i,
        sub(load(width, p!, i), mul(all[4]!, lambUpdate(width, i, [p!, m!, v!], all))),
      ),
    ),
  );
}

/** On top of what is at `sum`, an f64. */
export function sumOfSquares([sum, data]: readonly Local[], context: Body) {
  const i = context.frame.local('i32');
  const pair = context.frame.local('v128');
  return summed(context, sum!, i, pair, (width) =>
    seq(set(pair, load(width, data!, i)), set(pair, mul(get(pair), get(pair)))),
  );
}

/** Adds what `term` leaves in `pair` to the f64 at `sum`, elements ascending. */
function summed(
  { frame, from, to }: Body,
  sum: Local,
  i: Local,
  pair: Local,
  term: (width: Width) => Instruction,
): Instruction {
  const total = frame.local('f64');
  return seq(
    set(total, f64.load(get(sum))),
    pairs(i, get(from), get(to), (width) => seq(term(width), addLanes(total, width, pair))),
    f64.store(get(sum), get(total)),
  );
}
