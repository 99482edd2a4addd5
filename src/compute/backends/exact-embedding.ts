/** Exact kernels over rows of a table that tokens name: ops/embedding.ts. */
import { c, scaled } from './exact-geometry.ts';
import { copyRow, rowOf } from './exact-loops.ts';
import type { Body } from './exact-loops.ts';
import { get, i32, loopRange, seq, set } from './wasm-assembler.ts';
import type { Instruction, Local } from './wasm-assembler.ts';

/** Tokens are u16. */
const tokenOf = (tokens: Local, n: Local): Instruction =>
  i32.load16(i32.add(get(tokens), i32.mul(get(n), c(2))));
const rowOfToken = (table: Local, token: Instruction, width: Local): Instruction =>
  i32.add(get(table), scaled(i32.mul(token, get(width))));

/** Rows from..to of y. */
export function gatherRows([y, table, tokens, width]: readonly Local[], { frame, from, to }: Body) {
  const [n, i, row, out, never] = frame.locals('i32', 5) as [Local, Local, Local, Local, Local];
  return loopRange(
    n,
    get(from),
    get(to),
    c(1),
    seq(
      set(row, rowOfToken(table!, tokenOf(tokens!, n), width!)),
      set(out, rowOf(y!, n, width!)),
      copyRow(i, out, row, width!, never),
    ),
  );
}

/** Columns from..to of every row, rows ascending: threads share columns, never a sum. */
export function addRows(
  [table, dy, tokens, rows, width]: readonly Local[],
  { frame, from, to }: Body,
) {
  const [n, i, row, out, columns, always] = frame.locals('i32', 6) as Local[];
  return seq(
    set(always!, c(1)),
    set(columns!, i32.sub(get(to), get(from))),
    loopRange(
      n!,
      c(0),
      get(rows!),
      c(1),
      seq(
        set(out!, i32.add(rowOfToken(table!, tokenOf(tokens!, n!), width!), scaled(get(from)))),
        set(row!, i32.add(rowOf(dy!, n!, width!), scaled(get(from)))),
        copyRow(i!, out!, row!, columns!, always!),
      ),
    ),
  );
}
