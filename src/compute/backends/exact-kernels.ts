/**
 * The exact GEMM as a WASM module with the bits of reference.ts (exact-tile.ts says why).
 *
 *   packColumns  panels from..to of op(B) (exact-packing.ts)
 *   multiply     rows x panels of C. Blocks over k store and reload the f32 partial sums, which
 *                rounds nothing, so the block length is free.
 *
 * A is read where it lies; only A^T is packed. Tiles at the edges of C go by way of a scratch tile.
 */
import {
  COLUMNS,
  FLOAT,
  K_BLOCK_MAX,
  NUMBERS_AT,
  ROWS,
  ROW_BLOCK,
  c,
  min,
  scaled,
} from './exact-geometry.ts';
import { defineRowKernels } from './exact-rows.ts';
import type { RowKernel } from './exact-rows.ts';
import { definePackColumns, definePackColumnsTransposed, definePackRows } from './exact-packing.ts';
import { defineTile } from './exact-tile.ts';
import { WasmModule, call, f32, get, i32, loopRange, seq, set, when } from './wasm-assembler.ts';
import type { FunctionIndex, Instruction, Local } from './wasm-assembler.ts';

export interface ExactKernels extends Record<RowKernel, (...args: number[]) => void> {
  packColumns(b: number, panels: number, k: number, n: number, from: number, to: number): void;
  /** As packColumns for B stored (n, k). */
  packColumnsTransposed(
    b: number,
    panels: number,
    k: number,
    n: number,
    from: number,
    to: number,
  ): void;
  multiply(
    a: number,
    panels: number,
    c: number,
    m: number,
    n: number,
    k: number,
    rowFrom: number,
    rowTo: number,
    panelFrom: number,
    panelTo: number,
    transA: number,
    accumulate: number,
    kBlock: number,
    scratch: number,
  ): void;
}

export function assembleExactKernels(maxPages: number): Uint8Array<ArrayBuffer> {
  const module = new WasmModule();
  const tile = defineTile(module, 'rows');
  const tilePacked = defineTile(module, 'packed');
  const copy = defineCopy(module);
  const packRows = definePackRows(module);
  definePackColumns(module);
  definePackColumnsTransposed(module);
  defineMultiply(module, { tile, tilePacked, copy, packRows });
  defineRowKernels(module, NUMBERS_AT);
  return module.assemble(maxPages);
}

/** Copies (rows, columns) floats between row strides in bytes: the edges of C, a tile at a time. */
function defineCopy(module: WasmModule): FunctionIndex {
  return module.func(6, ([from, fromStride, to, toStride, rows, columns], frame) => {
    const row = frame.local('i32');
    const column = frame.local('i32');
    const at = scaled(get(column));
    return loopRange(
      row,
      c(0),
      get(rows!),
      c(1),
      seq(
        loopRange(
          column,
          c(0),
          get(columns!),
          c(1),
          f32.store(i32.add(get(to!), at), f32.load(i32.add(get(from!), at))),
        ),
        set(from!, i32.add(get(from!), get(fromStride!))),
        set(to!, i32.add(get(to!), get(toStride!))),
      ),
    );
  });
}

function defineMultiply(
  module: WasmModule,
  fn: Record<'tile' | 'tilePacked' | 'copy' | 'packRows', FunctionIndex>,
): FunctionIndex {
  return module.func(
    14,
    (
      [
        a,
        panels,
        cBase,
        m,
        n,
        k,
        rowFrom,
        rowTo,
        panelFrom,
        panelTo,
        transA,
        accumulate,
        kBlock,
        scratch,
      ],
      frame,
    ) => {
      const [p, length, load, blockFrom, blockTo, panel, i, rows, columns] = frame.locals(
        'i32',
        9,
      ) as Local[];
      const [bAt, aAt, aStride, cAt, edge] = frame.locals('i32', 5) as Local[];
      const cStride = scaled(get(n!));

      const packBlock = loopRange(
        i!,
        get(blockFrom!),
        get(blockTo!),
        c(ROWS),
        call(
          fn.packRows,
          i32.add(get(a!), scaled(i32.add(i32.mul(get(p!), get(m!)), get(i!)))),
          scaled(get(m!)),
          i32.sub(get(blockTo!), get(i!)),
          get(length!),
          i32.add(get(scratch!), scaled(i32.mul(i32.sub(get(i!), get(blockFrom!)), get(length!)))),
        ),
      );
      const runTile = (cTile: Instruction, stride: Instruction): Instruction => {
        const operands = [
          get(aAt!),
          get(aStride!),
          get(rows!),
          get(bAt!),
          get(length!),
          cTile,
          stride,
          get(load!),
        ];
        return when(get(transA!), call(fn.tilePacked, ...operands), call(fn.tile, ...operands));
      };
      const edgeStride = c(COLUMNS * FLOAT);
      const oneTile = seq(
        set(rows!, min(c(ROWS), i32.sub(get(blockTo!), get(i!)))),
        set(
          aAt!,
          i32.select(
            i32.add(
              get(scratch!),
              scaled(i32.mul(i32.sub(get(i!), get(blockFrom!)), get(length!))),
            ),
            i32.add(get(a!), scaled(i32.add(i32.mul(get(i!), get(k!)), get(p!)))),
            get(transA!),
          ),
        ),
        set(
          cAt!,
          i32.add(
            get(cBase!),
            scaled(i32.add(i32.mul(get(i!), get(n!)), i32.mul(get(panel!), c(COLUMNS)))),
          ),
        ),
        when(
          i32.or(i32.lt(get(rows!), c(ROWS)), i32.lt(get(columns!), c(COLUMNS))),
          seq(
            when(
              get(load!),
              call(fn.copy, get(cAt!), cStride, get(edge!), edgeStride, get(rows!), get(columns!)),
            ),
            runTile(get(edge!), edgeStride),
            call(fn.copy, get(edge!), edgeStride, get(cAt!), cStride, get(rows!), get(columns!)),
          ),
          runTile(get(cAt!), cStride),
        ),
      );
      const overRows = loopRange(i!, get(blockFrom!), get(blockTo!), c(ROWS), oneTile);
      const overPanelRange = loopRange(
        panel!,
        get(panelFrom!),
        get(panelTo!),
        c(1),
        seq(
          set(
            bAt!,
            i32.add(
              get(panels!),
              i32.mul(i32.add(i32.mul(get(panel!), get(k!)), get(p!)), c(COLUMNS * FLOAT)),
            ),
          ),
          set(columns!, min(c(COLUMNS), i32.sub(get(n!), i32.mul(get(panel!), c(COLUMNS))))),
          overRows,
        ),
      );
      return seq(
        set(edge!, i32.add(get(scratch!), c(ROW_BLOCK * K_BLOCK_MAX * FLOAT))),
        set(aStride!, scaled(get(k!))),
        loopRange(
          p!,
          c(0),
          get(k!),
          get(kBlock!),
          seq(
            set(length!, min(get(kBlock!), i32.sub(get(k!), get(p!)))),
            set(load!, i32.or(get(accumulate!), i32.gt(get(p!), c(0)))),
            loopRange(
              blockFrom!,
              get(rowFrom!),
              get(rowTo!),
              c(ROW_BLOCK),
              seq(
                set(blockTo!, min(i32.add(get(blockFrom!), c(ROW_BLOCK)), get(rowTo!))),
                when(get(transA!), packBlock),
                overPanelRange,
              ),
            ),
          ),
        ),
      );
    },
    'multiply',
  );
}
