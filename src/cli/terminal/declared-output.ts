/**
 * What a verb prints for programs, declared once: the value of `-o json`, the lines of `-o jsonl`,
 * the columns of `-o csv` and of the table. Schemas and the reference are made from it, and a verb
 * without one does not get `-o`.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { csvText } from '../../roles/csv-text.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { many } from '../../explorer/api/shape.ts';
import type { OutputOptions } from './output.ts';
import { FORMATS, print, printJson, table } from './output.ts';

export type Cell = string | number | boolean | null;

export interface Column<R> {
  readonly name: string;
  readonly cell: (row: R) => Cell;
  /** For people, where that is not the cell as it is. */
  readonly shown?: (row: R) => string;
}

export interface Output<A, R = A> {
  /** Of the JSON value, a noun phrase. */
  readonly doc: string;
  readonly shape: Shape<A>;
  readonly rowShape: Shape<R>;
  /** One is a line of jsonl, of csv and of the table. */
  rows(value: A): readonly R[];
  readonly columns: readonly Column<R>[];
}

export const column = <R>(
  name: string,
  cell: (row: R) => Cell,
  shown?: (row: R) => string,
): Column<R> => (shown === undefined ? { name, cell } : { name, cell, shown });

/** A list, a row each. */
export const listOutput = <R>(
  doc: string,
  rowShape: Shape<R>,
  columns: readonly Column<R>[],
): Output<readonly R[], R> => ({
  doc,
  shape: many(rowShape),
  rowShape,
  rows: (value) => value,
  columns,
});

/** One thing, a row of itself. */
export const oneOutput = <A>(
  doc: string,
  shape: Shape<A>,
  columns: readonly Column<A>[],
): Output<A> => ({ doc, shape, rowShape: shape, rows: (value) => [value], columns });

export type AnyOutput = Output<never, never>;

const declared = new WeakMap<Command, AnyOutput>();

export const outputOf = (command: Command): AnyOutput | undefined => declared.get(command);

/** `-o`, `--json` and `-q`, and what they print. */
export function withOutput<A, R>(command: Command, output: Output<A, R>): Command {
  declared.set(command, output as unknown as AnyOutput);
  return command
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs')
        .choices(FORMATS)
        .default('table'),
    )
    .addOption(new Option('--json', 'the same as -o json').implies({ output: 'json' }))
    .option('-q, --quiet', 'data only: no progress, no hints');
}

/**
 * Prints the value in the format asked for.
 * @param show prints it for people; unless given, as its table
 */
export function tell<A, R>(
  output: Output<A, R>,
  value: A,
  { output: format }: OutputOptions,
  show: () => void = () => print(tableOf(output, output.rows(value))),
): void {
  if (format === 'json') printJson(value);
  else if (format === 'jsonl') for (const row of output.rows(value)) printLine(row);
  else if (format === 'csv') process.stdout.write(csvOf(output, output.rows(value)));
  else show();
}

export const printLine = (row: unknown): void => print(JSON.stringify(row));

export const tableOf = <R>({ columns }: Columns<R>, rows: readonly R[]): string =>
  table(
    columns.map(({ name }) => name),
    rows.map((row) => columns.map((one) => shownIn(one, row))),
  );

const shownIn = <R>({ cell, shown }: Column<R>, row: R): string =>
  shown === undefined ? String(cell(row) ?? '-') : shown(row);

type Columns<R> = Pick<Output<never, R>, 'columns'>;

export const csvOf = <R>(output: Columns<R>, rows: readonly R[]): string =>
  csvHead(output) + rows.map((row) => csvRow(output, row)).join('');

/** For those that print as they go. */
export const csvHead = <R>({ columns }: Columns<R>): string =>
  csvText([columns.map(({ name }) => ({ text: name, numeric: false }))]);

export const csvRow = <R>({ columns }: Columns<R>, row: R): string =>
  csvText([columns.map(({ cell }) => cellOf(cell(row)))]);

const cellOf = (value: Cell) => ({
  text: value === null ? '' : String(value),
  numeric: typeof value === 'number' || /^-?\d+(\.\d+)?$/.test(String(value)),
});
