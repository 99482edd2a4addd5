/**
 * Exact kernels over tiles: deltas/dct.ts. A tile is widened to f64, multiplied from both sides, and
 * rounded back. Sums run over their index ascending, as there; terms that are left out there are added
 * here as zeros, which changes no sum.
 */
import { c, scaled } from './exact-geometry.ts';
import { DOUBLE, at, doubleAt, pairs } from './exact-loops.ts';
import type { Body } from './exact-loops.ts';
import { call, get, i32, loopRange, seq, set, when } from './wasm-assembler.ts';
import type { FunctionIndex, Instruction, Local, WasmModule } from './wasm-assembler.ts';
import { f64, f64x2, loadPair, splatDouble, splatFloat, storePair } from './wasm-f64.ts';
import { i8 } from './wasm-narrow.ts';
import { SIDE_MAX } from '../deltas/dct.ts';

/** Two tiles of f64, of the first of the tiles that a call works on; no other call has it. */
export const DCT_SCRATCH_BYTES = 2 * SIDE_MAX * SIDE_MAX * DOUBLE;
const HALF = DCT_SCRATCH_BYTES / 2;
/** Vectors and rows of a register tile: with 4 x 2 sums, 4 of B, one of A and a product, 14 registers. */
const VECTORS = 4;
const COLUMNS = 2 * VECTORS;

/**
 * C (rows, columns) = A B in f64, the sum over `depth` ascending from +0. Element (i, p) of A lies at
 * a + i alongRows + p alongDepth; B (depth, columns) and C are row-major.
 */
export function defineDoubleProduct(module: WasmModule): FunctionIndex {
  return module.func(8, ([a, alongRows, alongDepth, b, out, rows, columns, depth], frame) => {
    const [i, j, p, aAt, aRow, bAt, cAt, stride] = frame.locals('i32', 8) as Local[];
    const sums = frame.locals('v128', 2 * VECTORS);
    const right = frame.locals('v128', VECTORS);
    const left = frame.local('v128');
    const single = frame.locals('f64', 2);
    const rowOfC = (row: number): Instruction =>
      row === 0 ? get(cAt!) : i32.add(get(cAt!), get(stride!));
    const rowOfA = (row: number): Instruction =>
      row === 0 ? get(aAt!) : i32.add(get(aAt!), get(alongRows!));
    const start = seq(
      set(aAt!, get(aRow!)),
      set(bAt!, i32.add(get(b!), i32.mul(get(j!), c(DOUBLE)))),
      set(
        cAt!,
        i32.add(get(out!), i32.mul(i32.add(i32.mul(get(i!), get(columns!)), get(j!)), c(DOUBLE))),
      ),
    );
    const overDepth = (body: Instruction): Instruction =>
      loopRange(
        p!,
        c(0),
        get(depth!),
        c(1),
        seq(
          body,
          set(aAt!, i32.add(get(aAt!), get(alongDepth!))),
          set(bAt!, i32.add(get(bAt!), get(stride!))),
        ),
      );
    const vectors = (height: number): Instruction =>
      seq(
        start,
        ...sums.slice(0, height * VECTORS).map((sum) => set(sum, f64x2.const(0))),
        overDepth(
          seq(
            ...right.map((vector, v) => set(vector, f64x2.load(get(bAt!), 16 * v))),
            ...Array.from({ length: height }, (_, row) =>
              seq(
                set(left, splatDouble(rowOfA(row))),
                ...right.map((vector, v) => {
                  const sum = sums[row * VECTORS + v]!;
                  return set(sum, f64x2.add(get(sum), f64x2.mul(get(left), get(vector))));
                }),
              ),
            ),
          ),
        ),
        ...Array.from({ length: height }, (_, row) =>
          seq(
            ...right.map((__, v) =>
              f64x2.store(rowOfC(row), get(sums[row * VECTORS + v]!), 16 * v),
            ),
          ),
        ),
      );
    const singles = (height: number): Instruction =>
      seq(
        start,
        ...single.slice(0, height).map((sum) => set(sum, f64.const(0))),
        overDepth(
          seq(
            ...single
              .slice(0, height)
              .map((sum, row) =>
                set(sum, f64.add(get(sum), f64.mul(f64.load(rowOfA(row)), f64.load(get(bAt!))))),
              ),
          ),
        ),
        ...single.slice(0, height).map((sum, row) => f64.store(rowOfC(row), get(sum))),
      );
    const acrossRow = (height: number): Instruction =>
      seq(
        set(aRow!, i32.add(get(a!), i32.mul(get(i!), get(alongRows!)))),
        loopRange(j!, c(0), i32.sub(get(columns!), c(COLUMNS - 1)), c(COLUMNS), vectors(height)),
        loopRange(j!, get(j!), get(columns!), c(1), singles(height)),
      );
    return seq(
      set(stride!, i32.mul(get(columns!), c(DOUBLE))),
      pairs(i!, c(0), get(rows!), acrossRow),
    );
  });
}

/** The tiles of a call, one after the other, each with its two halves of scratch. */
function overTiles(
  [tiles, scratch, h, w]: readonly Local[],
  { frame, from, to }: Body,
  body: (tile: Local, size: Local, wide: Local, middle: Local) => Instruction,
): Instruction {
  const [r, tile, size, wide, middle] = frame.locals('i32', 5) as Local[];
  return seq(
    set(size!, i32.mul(get(h!), get(w!))),
    set(wide!, i32.add(get(scratch!), i32.mul(get(from), c(DCT_SCRATCH_BYTES)))),
    set(middle!, i32.add(get(wide!), c(HALF))),
    set(tile!, i32.add(get(tiles!), scaled(i32.mul(get(from), get(size!))))),
    loopRange(
      r!,
      get(from),
      get(to),
      c(1),
      seq(body(tile!, size!, wide!, middle!), set(tile!, i32.add(get(tile!), scaled(get(size!))))),
    ),
  );
}

const doubles = (count: Local): Instruction => i32.mul(get(count), c(DOUBLE));
const rounded = (i: Local, tile: Local, size: Local, wide: Local): Instruction =>
  pairs(i, c(0), get(size), (width) =>
    storePair(
      width,
      at(tile, i),
      width === 2 ? f64x2.load(doubleAt(wide, i)) : splatDouble(doubleAt(wide, i)),
    ),
  );

export const forwardDct =
  (multiply: FunctionIndex) =>
  ([tiles, scratch, h, w, down, along]: readonly Local[], context: Body): Instruction => {
    const i = context.frame.local('i32');
    return overTiles([tiles!, scratch!, h!, w!], context, (tile, size, wide, middle) =>
      seq(
        pairs(i, c(0), get(size), (width) => {
          const value = loadPair(width, at(tile, i));
          return width === 2
            ? f64x2.store(doubleAt(wide, i), value)
            : f64.store(doubleAt(wide, i), f64x2.lane(value, 0));
        }),
        call(
          multiply,
          get(wide),
          doubles(w!),
          c(DOUBLE),
          get(along!),
          get(middle),
          get(h!),
          get(w!),
          get(w!),
        ),
        call(
          multiply,
          get(down!),
          c(DOUBLE),
          doubles(h!),
          get(middle),
          get(wide),
          get(h!),
          get(w!),
          get(h!),
        ),
        rounded(i, tile, size, wide),
      ),
    );
  };

/** Few coefficients differ from 0: the first product goes through those alone. */
export const inverseDct =
  (multiply: FunctionIndex) =>
  ([tiles, scratch, h, w, down, along]: readonly Local[], context: Body): Instruction => {
    const { frame } = context;
    const [i, k, l, row, basis] = frame.locals('i32', 5) as Local[];
    const value = frame.local('v128');
    const lane = f64x2.lane(get(value), 0);
    const addRow = pairs(i!, c(0), get(h!), (width) => {
      const [to, by] = [doubleAt(row!, i!), doubleAt(basis!, i!)];
      return width === 2
        ? f64x2.store(to, f64x2.add(f64x2.load(to), f64x2.mul(get(value), f64x2.load(by))))
        : f64.store(to, f64.add(f64.load(to), f64.mul(lane, f64.load(by))));
    });
    return overTiles([tiles!, scratch!, h!, w!], context, (tile, size, wide, middle) => {
      const element = i32.add(get(tile), scaled(i32.add(i32.mul(get(k!), get(w!)), get(l!))));
      return seq(
        i8.clear(get(middle), doubles(size)),
        loopRange(
          k!,
          c(0),
          get(h!),
          c(1),
          seq(
            set(basis!, i32.add(get(down!), i32.mul(get(k!), doubles(h!)))),
            set(row!, get(middle)),
            loopRange(
              l!,
              c(0),
              get(w!),
              c(1),
              seq(
                // Of a zero either sign, all bits but the first are 0.
                when(
                  i32.shl(i32.load(element), c(1)),
                  seq(set(value, splatFloat(element)), addRow),
                ),
                set(row!, i32.add(get(row!), doubles(h!))),
              ),
            ),
          ),
        ),
        call(
          multiply,
          get(middle),
          c(DOUBLE),
          doubles(h!),
          get(along!),
          get(wide),
          get(h!),
          get(w!),
          get(w!),
        ),
        rounded(i!, tile, size, wide),
      );
    });
  };
