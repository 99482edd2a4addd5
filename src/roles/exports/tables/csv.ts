/**
 * A table as CSV (RFC 4180). A null is an empty cell, a time RFC 3339 in UTC; text that a spreadsheet
 * would run as a formula has a quote mark in front, which Parquet does without.
 */
import { timeOfMs } from '../../../events/entry.ts';
import { csvText } from '../../csv-text.ts';
import type { Cell, Filled, Kind } from './table.ts';

const NUMERIC: readonly Kind[] = ['integer', 'amount'];

export const csvOf = ({ columns, rows }: Filled): string =>
  csvText([
    columns.map(({ name }) => ({ text: name, numeric: false })),
    ...rows.map((row) =>
      columns.map(({ kind }, at) => ({
        text: textOf(row[at] ?? null, kind),
        numeric: NUMERIC.includes(kind),
      })),
    ),
  ]);

function textOf(cell: Cell, kind: Kind): string {
  if (cell === null) return '';
  return kind === 'time' ? timeOfMs(cell as number) : String(cell);
}
