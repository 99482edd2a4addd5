/**
 * Packing, which also does the transposes: op(B) (k, n) into panels of COLUMNS columns, each
 * (k, COLUMNS) and zero-padded; A^T into strips of ROWS rows of op(A), each (k, ROWS).
 */
import { COLUMNS, FLOAT, ROWS, VECTORS, advance, c, scaled } from './exact-geometry.ts';
import { f32, get, i32, loopRange, seq, set, v128, when } from './wasm-assembler.ts';
import type { Frame, FunctionIndex, Instruction, Local, WasmModule } from './wasm-assembler.ts';

/** One strip of A^T: rows i .. i+ROWS of op(A), `length` of k, to (length, ROWS). `a` is at (k0, i). */
export function definePackRows(module: WasmModule): FunctionIndex {
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

export function definePackColumns(module: WasmModule): FunctionIndex {
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

export function definePackColumnsTransposed(module: WasmModule): FunctionIndex {
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
