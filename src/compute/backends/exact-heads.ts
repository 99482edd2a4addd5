/** Exact kernels between model axis and heads: ops/heads.ts, ops/rope.ts. */
import { c, min, scaled } from './exact-geometry.ts';
import { at, copyRow, rowOf } from './exact-loops.ts';
import type { Body } from './exact-loops.ts';
import { get, i32, loopRange, loopWhile, seq, set, v128, when } from './wasm-assembler.ts';
import type { Instruction, Local } from './wasm-assembler.ts';
import { f64x2, loadPair, splatFloat, storePair } from './wasm-f64.ts';

/** (B, H, T, d) and (B, T, H d): sizes, and where they begin. */
interface HeadRows {
  readonly split: Local;
  readonly flat: Local;
  readonly length: Local;
  readonly heads: Local;
  readonly width: Local;
}

/** Where a head's row lies in both, and its position. */
interface HeadRow {
  readonly split: Local;
  readonly flat: Local;
  readonly t: Local;
}

/** Rows from..to in the order of (B, H, T); divides once a head, not once a row. */
function overHeadRows(
  { frame, from, to }: Body,
  { split, flat, length, heads, width }: HeadRows,
  body: (row: HeadRow) => Instruction,
): Instruction {
  const [r, matrix, end, t, splitRow, flatRow] = frame.locals('i32', 6) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const batchItem = i32.div(get(matrix), get(heads));
  const position = i32.add(i32.mul(batchItem, get(length)), get(t));
  const index = i32.add(i32.mul(position, get(heads)), i32.rem(get(matrix), get(heads)));
  return seq(
    set(r, get(from)),
    set(t, i32.rem(get(from), get(length))),
    set(matrix, i32.div(get(from), get(length))),
    loopWhile(
      i32.lt(get(r), get(to)),
      seq(
        set(end, min(i32.sub(i32.add(get(r), get(length)), get(t)), get(to))),
        set(splitRow, rowOf(split, r, width)),
        set(flatRow, i32.add(get(flat), scaled(i32.mul(index, get(width))))),
        loopRange(
          r,
          get(r),
          get(end),
          c(1),
          seq(
            body({ split: splitRow, flat: flatRow, t }),
            set(splitRow, i32.add(get(splitRow), scaled(get(width)))),
            set(flatRow, i32.add(get(flatRow), scaled(i32.mul(get(width), get(heads))))),
            set(t, i32.add(get(t), c(1))),
          ),
        ),
        set(t, c(0)),
        set(matrix, i32.add(get(matrix), c(1))),
      ),
    ),
  );
}

export function splitHeads(
  [split, flat, length, heads, width, accumulate]: readonly Local[],
  context: Body,
) {
  const i = context.frame.local('i32');
  const rows = { split: split!, flat: flat!, length: length!, heads: heads!, width: width! };
  return overHeadRows(context, rows, (row) => copyRow(i, row.split, row.flat, width!, accumulate!));
}

export function mergeHeads(
  [flat, split, length, heads, width, accumulate]: readonly Local[],
  context: Body,
) {
  const i = context.frame.local('i32');
  const rows = { split: split!, flat: flat!, length: length!, heads: heads!, width: width! };
  return overHeadRows(context, rows, (row) => copyRow(i, row.flat, row.split, width!, accumulate!));
}

/**
 * (a, b) -> (a, b) cos + (b, a) (-sin, sin): a cos - b sin and b cos + a sin, each with the bits of
 * ops/rope.ts, for a sum does not depend on its order and a difference is a sum.
 */
function turned(frame: Body['frame'], [cos, sin, width]: readonly Local[], back: boolean) {
  const [i, angle] = frame.locals('i32', 2) as [Local, Local];
  const [pair, sum] = frame.locals('v128', 2) as [Local, Local];
  const sign = back ? f64x2.constLanes(1, -1) : f64x2.constLanes(-1, 1);
  const swapped = v128.shuffle32(get(pair), get(pair), [2, 3, 0, 1]);
  return (
    to: Local,
    from: Local,
    t: Local,
    stored: (address: Instruction, sum: Local) => Instruction,
  ) =>
    seq(
      // Rows of the table have width / 2 angles.
      set(angle, i32.mul(i32.mul(get(t), get(width!)), c(2))),
      loopRange(
        i,
        c(0),
        get(width!),
        c(2),
        seq(
          set(pair, loadPair(2, at(from, i))),
          set(
            sum,
            f64x2.add(
              f64x2.mul(get(pair), splatFloat(i32.add(get(cos!), get(angle)))),
              f64x2.mul(swapped, f64x2.mul(splatFloat(i32.add(get(sin!), get(angle))), sign)),
            ),
          ),
          stored(at(to, i), sum),
          set(angle, i32.add(get(angle), c(4))),
        ),
      ),
    );
}

export function splitRotated(
  [split, flat, cos, sin, length, heads, width]: readonly Local[],
  context: Body,
) {
  const rows = { split: split!, flat: flat!, length: length!, heads: heads!, width: width! };
  const turn = turned(context.frame, [cos!, sin!, width!], false);
  return overHeadRows(context, rows, (row) =>
    turn(row.split, row.flat, row.t, (address, sum) => storePair(2, address, get(sum))),
  );
}

export function mergeRotatedBack(
  [flat, split, cos, sin, length, heads, width, accumulate]: readonly Local[],
  context: Body,
) {
  const rows = { split: split!, flat: flat!, length: length!, heads: heads!, width: width! };
  const turn = turned(context.frame, [cos!, sin!, width!], true);
  const onto = (address: Instruction, sum: Local): Instruction =>
    when(
      get(accumulate!),
      storePair(2, address, f64x2.add(loadPair(2, address), get(sum))),
      storePair(2, address, get(sum)),
    );
  return overHeadRows(context, rows, (row) => turn(row.flat, row.split, row.t, onto));
}
