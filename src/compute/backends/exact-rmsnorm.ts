/** Exact kernels over normalised rows: ops/rmsnorm.ts. */
import { c, scaled } from './exact-geometry.ts';
import { addLanes, at, doubleAt, pairs, rowOf } from './exact-loops.ts';
import type { Body } from './exact-loops.ts';
import { get, i32, loopRange, seq, set, when } from './wasm-assembler.ts';
import type { Instruction, Local } from './wasm-assembler.ts';
import { f64, f64x2, loadPair, storePair } from './wasm-f64.ts';
import type { Width } from './wasm-f64.ts';

/** numbers: 0 eps. */
export function rmsNormForward(
  [y, inverseRms, x, gain, width_]: readonly Local[],
  { frame, from, to, number }: Body,
) {
  const [r, row, out, i] = frame.locals('i32', 4) as [Local, Local, Local, Local];
  const [squares, inverse] = frame.locals('f64', 2) as [Local, Local];
  const [pair, rs] = frame.locals('v128', 2) as [Local, Local];
  return loopRange(
    r,
    get(from),
    get(to),
    c(1),
    seq(
      set(row, rowOf(x!, r, width_!)),
      set(out, rowOf(y!, r, width_!)),
      set(squares, f64.const(0)),
      pairs(i, c(0), get(width_!), (width) =>
        seq(
          set(pair, loadPair(width, at(row, i))),
          set(pair, f64x2.mul(get(pair), get(pair))),
          addLanes(squares, width, pair),
        ),
      ),
      set(
        inverse,
        f64.div(
          f64.const(1),
          f64.sqrt(f64.add(f64.div(get(squares), f64.fromI32(get(width_!))), number(0))),
        ),
      ),
      f64.store(doubleAt(inverseRms!, r), get(inverse)),
      set(rs, f64x2.splat(get(inverse))),
      pairs(i, c(0), get(width_!), (width) =>
        storePair(
          width,
          at(out, i),
          f64x2.mul(f64x2.mul(loadPair(width, at(row, i)), get(rs)), loadPair(width, at(gain!, i))),
        ),
      ),
    ),
  );
}

/** dx alone; a gain's gradient sums over rows: gainSums. */
export function rmsNormBackward(
  [dx, dy, x, gain, inverseRms, width_, accumulate]: readonly Local[],
  { frame, from, to }: Body,
) {
  const [r, row, dyRow, out, i] = frame.locals('i32', 5) as Local[];
  const [dot, inverse] = frame.locals('f64', 2) as [Local, Local];
  const [pair, rs, pulls] = frame.locals('v128', 3) as [Local, Local, Local];
  const gradient = (width: Width): Instruction =>
    f64x2.sub(
      f64x2.mul(
        f64x2.mul(loadPair(width, at(dyRow!, i!)), loadPair(width, at(gain!, i!))),
        get(rs),
      ),
      f64x2.mul(loadPair(width, at(row!, i!)), get(pulls)),
    );
  return loopRange(
    r!,
    get(from),
    get(to),
    c(1),
    seq(
      set(row!, rowOf(x!, r!, width_!)),
      set(dyRow!, rowOf(dy!, r!, width_!)),
      set(out!, rowOf(dx!, r!, width_!)),
      set(inverse, f64.load(doubleAt(inverseRms!, r!))),
      set(rs, f64x2.splat(get(inverse))),
      set(dot, f64.const(0)),
      pairs(i!, c(0), get(width_!), (width) =>
        seq(
          set(
            pair,
            f64x2.mul(
              f64x2.mul(loadPair(width, at(dyRow!, i!)), loadPair(width, at(row!, i!))),
              loadPair(width, at(gain!, i!)),
            ),
          ),
          addLanes(dot, width, pair),
        ),
      ),
      set(
        pulls,
        f64x2.splat(
          f64.div(
            f64.mul(f64.mul(f64.mul(get(dot), get(inverse)), get(inverse)), get(inverse)),
            f64.fromI32(get(width_!)),
          ),
        ),
      ),
      when(
        get(accumulate!),
        pairs(i!, c(0), get(width_!), (width) =>
          storePair(width, at(out!, i!), f64x2.add(loadPair(width, at(out!, i!)), gradient(width))),
        ),
        pairs(i!, c(0), get(width_!), (width) => storePair(width, at(out!, i!), gradient(width))),
      ),
    ),
  );
}

/** sums[d] = sum over rows ascending of (dy x) r, for channels from..to, in f64. */
export function gainSums(
  [sums, dy, x, inverseRms, rows, width_]: readonly Local[],
  { frame, from, to }: Body,
) {
  const [d, r, cell, sumAt] = frame.locals('i32', 4) as [Local, Local, Local, Local];
  const acc = frame.local('v128');
  const product = (width: Width): Instruction =>
    f64x2.mul(
      f64x2.mul(
        loadPair(width, i32.add(get(dy!), get(cell))),
        loadPair(width, i32.add(get(x!), get(cell))),
      ),
      f64x2.splat(f64.load(doubleAt(inverseRms!, r))),
    );
  return pairs(d, get(from), get(to), (width) =>
    seq(
      set(sumAt, doubleAt(sums!, d)),
      set(acc, f64x2.const(0)),
      set(cell, scaled(get(d))),
      loopRange(
        r,
        c(0),
        get(rows!),
        c(1),
        seq(
          set(acc, f64x2.add(get(acc), product(width))),
          set(cell, i32.add(get(cell), scaled(get(width_!)))),
        ),
      ),
      width === 2
        ? f64x2.store(get(sumAt), get(acc))
        : f64.store(get(sumAt), f64x2.lane(get(acc), 0)),
    ),
  );
}
