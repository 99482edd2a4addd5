/**
 * Tables of a ledger: named columns of one kind each, and rows that are made from its history. Kinds
 * are what CSV and Parquet both can say without losing anything.
 */
import type { History } from '../history.ts';

/**
 * `integer`: a whole number of 64 bits. `amount`: a whole number of up to 38 digits, as amounts on
 * the wire, micro-units where the unit is `micro`. `time`: milliseconds of Unix time. `json`: text
 * that is JSON.
 */
export type Kind = 'text' | 'integer' | 'amount' | 'time' | 'flag' | 'json';
export type Cell = string | number | bigint | boolean | null;

export interface Column<Row> {
  readonly name: string;
  readonly kind: Kind;
  readonly doc: string;
  readonly cell: (row: Row) => Cell;
}

export interface Filled {
  readonly name: string;
  readonly columns: readonly Omit<Column<never>, 'cell'>[];
  /** Shape: row, column. */
  readonly rows: readonly (readonly Cell[])[];
}

export interface Table {
  readonly name: string;
  readonly doc: string;
  readonly columns: Filled['columns'];
  readonly fill: (history: History) => Filled;
}

/** One maker of columns a kind. */
interface Columns<Row> {
  readonly text: Make<Row>;
  readonly integer: Make<Row>;
  readonly time: Make<Row>;
  readonly flag: Make<Row>;
  /** From a decimal string, as in the books and on the wire. */
  readonly amount: Make<Row, string | null>;
  readonly json: Make<Row, unknown>;
}
type Make<Row, Value = Cell> = (
  name: string,
  doc: string,
  cell: (row: Row) => Value,
) => Column<Row>;

export function defineTable<Row>(
  name: string,
  doc: string,
  rowsOf: (history: History) => Iterable<Row>,
  columnsOf: (columns: Columns<Row>) => readonly Column<Row>[],
): Table {
  const columns = columnsOf(columnMakers<Row>());
  const fill = (history: History): Filled => {
    const rows = Array.from(rowsOf(history), (row) => columns.map(({ cell }) => cell(row)));
    return { name, columns, rows };
  };
  return { name, doc, columns, fill };
}

function columnMakers<Row>(): Columns<Row> {
  const of =
    (kind: Kind): Make<Row> =>
    (name, doc, cell) => ({ name, kind, doc, cell });
  return {
    text: of('text'),
    integer: of('integer'),
    time: of('time'),
    flag: of('flag'),
    amount: (name, doc, cell) => of('amount')(name, doc, (row) => wholeOf(cell(row))),
    json: (name, doc, cell) => of('json')(name, doc, (row) => JSON.stringify(cell(row))),
  };
}

const wholeOf = (digits: string | null): bigint | null => (digits === null ? null : BigInt(digits));
