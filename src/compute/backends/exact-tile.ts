/**
 * The register tile: the only place where the exact kernels multiply and add. SIMD lanes run across
 * the columns of C; each element sums over k ascending, one f32 multiply and one f32 add a step.
 * NaN leaves a tile as 0x7fc00000, whatever the processor made.
 */
import { COLUMNS, FLOAT, ROWS, VECTORS, advance, c } from './exact-geometry.ts';
import { f32x4, get, i32, loopRange, seq, set, v128, when } from './wasm-assembler.ts';
import type { FunctionIndex, Instruction, WasmModule } from './wasm-assembler.ts';

/** Steps over k in one turn of the loop. */
const UNROLL = 4;
const CANONICAL_NAN = 0x7fc00000;

/**
 * C tile (ROWS, COLUMNS) <- [C tile +] A (ROWS, length) . B panel (length, COLUMNS).
 * 'rows': A row-major with a row stride; of fewer than ROWS valid rows the last one is read again.
 * 'packed': A as (length, ROWS).
 */
export function defineTile(module: WasmModule, layout: 'rows' | 'packed'): FunctionIndex {
  return module.func(8, ([a, aStride, rows, b, length, cTile, cStride, load], frame) => {
    const sums = frame.locals('v128', ROWS * VECTORS);
    const bs = frame.locals('v128', VECTORS);
    const x = frame.local('v128');
    const k = frame.local('i32');
    const aRows = layout === 'rows' ? [a!, ...frame.locals('i32', ROWS - 1)] : [a!];
    const stepFloats = layout === 'rows' ? 1 : ROWS;

    const step = (u: number): Instruction =>
      seq(
        ...bs.map((lane, v) => set(lane, v128.load(get(b!), (u * VECTORS + v) * 16))),
        ...Array.from({ length: ROWS }, (_, row) => {
          const from = layout === 'rows' ? aRows[row]! : a!;
          const offset = layout === 'rows' ? u * FLOAT : (u * ROWS + row) * FLOAT;
          return seq(
            set(x, v128.load32Splat(get(from), offset)),
            ...bs.map((lane, v) => {
              const sum = sums[row * VECTORS + v]!;
              return set(sum, f32x4.add(get(sum), f32x4.mul(get(x), get(lane))));
            }),
          );
        }),
      );
    const steps = (count: number): Instruction =>
      seq(
        ...Array.from({ length: count }, (_, u) => step(u)),
        ...aRows.map((pointer) => advance(pointer, count * stepFloats * FLOAT)),
        advance(b!, count * COLUMNS * FLOAT),
      );
    const eachRow = (visit: (row: number) => Instruction): Instruction =>
      seq(
        ...Array.from({ length: ROWS }, (_, row) =>
          seq(visit(row), row + 1 < ROWS ? set(k, i32.add(get(k), get(cStride!))) : []),
        ),
      );
    const eachVector = (visit: (v: number) => Instruction): Instruction =>
      seq(...Array.from({ length: VECTORS }, (_, v) => visit(v)));

    return seq(
      ...aRows.slice(1).map((pointer, index) => {
        const previous = get(aRows[index]!);
        const next = i32.add(previous, get(aStride!));
        return set(pointer, i32.select(next, previous, i32.gt(get(rows!), c(index + 1))));
      }),
      when(
        get(load!),
        seq(
          set(k, get(cTile!)),
          eachRow((row) =>
            eachVector((v) => set(sums[row * VECTORS + v]!, v128.load(get(k), v * 16))),
          ),
        ),
      ),
      loopRange(k, c(0), i32.sub(get(length!), c(UNROLL - 1)), c(UNROLL), steps(UNROLL)),
      loopRange(k, get(k), get(length!), c(1), steps(1)),
      set(k, get(cTile!)),
      eachRow((row) =>
        eachVector((v) => {
          const sum = get(sums[row * VECTORS + v]!);
          const number = v128.bitselect(sum, v128.splatConst(CANONICAL_NAN), f32x4.eq(sum, sum));
          return v128.store(get(k), number, v * 16);
        }),
      ),
    );
  });
}
