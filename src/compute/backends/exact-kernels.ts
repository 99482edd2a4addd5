/**
 * The exact GEMM as a WASM module. SIMD lanes run across the columns of C, so every element of C
 * still sums over k ascending with a separate f32 multiply and add: the bits of reference.ts.
 *
 *   packColumns  op(B) (k, n) -> panels of COLUMNS columns: panel p is (k, COLUMNS), zero-padded
 *   multiply     rows x panels of C; blocks over k store and reload the f32 partial sums, which
 *                rounds nothing, so the block length is free
 *
 * One tile of ROWS x COLUMNS stays in registers: 4 x 2 accumulators, 2 of B, 1 of A, 1 product are
 * 12 of the 15 vector registers that V8 hands out on x86-64. A is read where it lies; only op(A) = A^T is
 * packed, into (k, ROWS) strips. NaN leaves a tile as 0x7fc00000, whatever the processor made.
 * Measured on x86-64: 3x3, 4x3, 5x2 and 6x2 tiles are no faster; multiply and add ports are full.
 */
import {
  WasmModule,
  call,
  f32,
  f32x4,
  get,
  i32,
  loopRange,
  seq,
  set,
  v128,
  when,
} from './wasm-assembler.ts';
import type { Frame, FunctionIndex, Instruction, Local } from './wasm-assembler.ts';

/** Rows of a register tile: one vector of a strip of A^T. */
export const ROWS = 4;
const VECTORS = 2;
/** Columns of a register tile and of a panel of packed B. */
export const COLUMNS = VECTORS * 4;
/** Rows of A^T packed at a time. */
const ROW_BLOCK = 64;
const UNROLL = 4;
/** Longest k block: a panel of B (12 KiB) stays in the first-level cache. */
export const K_BLOCK_MAX = 384;
/** Bytes each thread needs of its own: packed A^T and one edge tile. */
export const SCRATCH_BYTES = ROW_BLOCK * K_BLOCK_MAX * 4 + ROWS * COLUMNS * 4;

const FLOAT = 4;
const CANONICAL_NAN = 0x7fc00000;

const c = i32.const;
const scaled = (value: Instruction): Instruction => i32.mul(value, c(FLOAT));
const advance = (local: Local, bytes: number): Instruction =>
  set(local, i32.add(get(local), c(bytes)));
const min = (x: Instruction, y: Instruction): Instruction => i32.select(x, y, i32.lt(x, y));

export interface ExactKernels {
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
  return module.assemble(maxPages);
}

/**
 * C tile (ROWS, COLUMNS) <- [C tile +] A (ROWS, length) . B panel (length, COLUMNS).
 * 'rows': A row-major with a row stride; of fewer than ROWS valid rows the last one is read again.
 * 'packed': A as (length, ROWS).
 */
function defineTile(module: WasmModule, layout: 'rows' | 'packed'): FunctionIndex {
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

/** One strip of A^T: rows i .. i+ROWS of op(A), `length` of k, to (length, ROWS). `a` is at (k0, i). */
function definePackRows(module: WasmModule): FunctionIndex {
  return module.func(5, ([a, stride, rows, length, strip], frame) => {
    const p = frame.local('i32');
    const whole = v128.store(get(strip!), v128.load(get(a!)));
    // A row that is not there repeats row 0: its sums are never copied out.
    const partial = seq(
      ...Array.from({ length: ROWS }, (_, row) =>
        f32.store(
          get(strip!),
          f32.load(i32.add(get(a!), i32.select(c(row * FLOAT), c(0), i32.gt(get(rows!), c(row))))),
          row * FLOAT,
        ),
      ),
    );
    const along = (body: Instruction): Instruction =>
      loopRange(
        p,
        c(0),
        get(length!),
        c(1),
        seq(body, set(a!, i32.add(get(a!), get(stride!))), advance(strip!, ROWS * FLOAT)),
      );
    return when(i32.lt(get(rows!), c(ROWS)), along(partial), along(whole));
  });
}

/** Runs `whole` for full panels from..to and `partial` for one that sticks out of column n. */
function overPanels(
  frame: Frame,
  { panels, k, n, from, to }: Record<'panels' | 'k' | 'n' | 'from' | 'to', Local>,
  body: (
    panel: Local,
    target: Local,
    columns: Local,
  ) => { whole: Instruction; partial: Instruction },
): Instruction {
  const [panel, target, columns] = frame.locals('i32', 3) as [Local, Local, Local];
  const { whole, partial } = body(panel, target, columns);
  return loopRange(
    panel,
    get(from),
    get(to),
    c(1),
    seq(
      set(target, i32.add(get(panels), i32.mul(i32.mul(get(panel), get(k)), c(COLUMNS * FLOAT)))),
      set(columns, i32.sub(get(n), i32.mul(get(panel), c(COLUMNS)))),
      when(i32.ge(get(columns), c(COLUMNS)), whole, partial),
    ),
  );
}

function definePackColumns(module: WasmModule): FunctionIndex {
  return module.func(
    6,
    ([b, panels, k, n, from, to], frame) => {
      const source = frame.local('i32');
      const p = frame.local('i32');
      return overPanels(
        frame,
        { panels: panels!, k: k!, n: n!, from: from!, to: to! },
        (panel, target, columns) => {
          const along = (body: Instruction): Instruction =>
            seq(
              set(source, i32.add(get(b!), i32.mul(get(panel), c(COLUMNS * FLOAT)))),
              loopRange(
                p,
                c(0),
                get(k!),
                c(1),
                seq(
                  body,
                  set(source, i32.add(get(source), scaled(get(n!)))),
                  advance(target, COLUMNS * FLOAT),
                ),
              ),
            );
          return {
            whole: along(
              seq(
                ...Array.from({ length: VECTORS }, (_, v) =>
                  v128.store(get(target), v128.load(get(source), v * 16), v * 16),
                ),
              ),
            ),
            partial: along(
              seq(
                ...Array.from({ length: COLUMNS }, (_, column) =>
                  when(
                    i32.gt(get(columns), c(column)),
                    f32.store(get(target), f32.load(get(source), column * FLOAT), column * FLOAT),
                    f32.store(get(target), f32.const(0), column * FLOAT),
                  ),
                ),
              ),
            ),
          };
        },
      );
    },
    'packColumns',
  );
}

function definePackColumnsTransposed(module: WasmModule): FunctionIndex {
  return module.func(
    6,
    ([b, panels, k, n, from, to], frame) => {
      const source = frame.local('i32');
      const p = frame.local('i32');
      const row = frame.local('i32');
      const block = frame.locals('v128', 4);
      const rowBytes = scaled(get(k!));

      const scalar = (target: Local, columns: Local, start: Instruction): Instruction =>
        loopRange(
          p,
          start,
          get(k!),
          c(1),
          seq(
            set(row, i32.add(get(source), scaled(get(p)))),
            ...Array.from({ length: COLUMNS }, (_, column) =>
              seq(
                when(
                  i32.gt(get(columns), c(column)),
                  f32.store(get(target), f32.load(get(row)), column * FLOAT),
                  f32.store(get(target), f32.const(0), column * FLOAT),
                ),
                set(row, i32.add(get(row), rowBytes)),
              ),
            ),
            advance(target, COLUMNS * FLOAT),
          ),
        );
      const fourSteps = (target: Local): Instruction =>
        seq(
          set(row, i32.add(get(source), scaled(get(p)))),
          ...Array.from({ length: VECTORS }, (_, v) =>
            seq(
              ...block.map((lane) =>
                seq(set(lane, v128.load(get(row))), set(row, i32.add(get(row), rowBytes))),
              ),
              ...transposed(block).map((column, step) =>
                v128.store(get(target), column, (step * VECTORS + v) * 16),
              ),
            ),
          ),
          advance(target, 4 * COLUMNS * FLOAT),
        );
      return overPanels(
        frame,
        { panels: panels!, k: k!, n: n!, from: from!, to: to! },
        (panel, target, columns) => {
          const start = set(
            source,
            i32.add(get(b!), i32.mul(i32.mul(get(panel), c(COLUMNS)), rowBytes)),
          );
          return {
            whole: seq(
              start,
              loopRange(p, c(0), i32.sub(get(k!), c(3)), c(4), fourSteps(target)),
              scalar(target, columns, get(p)),
            ),
            partial: seq(start, scalar(target, columns, c(0))),
          };
        },
      );
    },
    'packColumnsTransposed',
  );
}

/** The four columns of a 4x4 block held as rows. */
function transposed(rows: readonly Local[]): Instruction[] {
  const [r0, r1, r2, r3] = rows.map(get) as [Instruction, Instruction, Instruction, Instruction];
  const low01 = v128.shuffle32(r0, r1, [0, 4, 1, 5]);
  const low23 = v128.shuffle32(r2, r3, [0, 4, 1, 5]);
  const high01 = v128.shuffle32(r0, r1, [2, 6, 3, 7]);
  const high23 = v128.shuffle32(r2, r3, [2, 6, 3, 7]);
  return [
    v128.shuffle32(low01, low23, [0, 1, 4, 5]),
    v128.shuffle32(low01, low23, [2, 3, 6, 7]),
    v128.shuffle32(high01, high23, [0, 1, 4, 5]),
    v128.shuffle32(high01, high23, [2, 3, 6, 7]),
  ];
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
