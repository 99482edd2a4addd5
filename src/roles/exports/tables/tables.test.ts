/** Tables say what the books say, and a file of either kind, read back, says what the table says. */
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { msOfTime } from '../../../events/entry.ts';
import { moneyStory } from '../../../testing/stories/money.ts';
import { scoringStory } from '../../../testing/stories/scoring.ts';
import { historyOf } from '../history.ts';
import { recorded } from '../recorded.fixture.ts';
import { tables } from './catalogue.ts';
import { csvOf } from './csv.ts';
import { parquetOf } from './parquet.ts';
import type { Cell, Filled } from './table.ts';

const histories = {
  'a run of the first rules': recorded('logs/mini-rules-2'),
  'payouts that vest': historyOf(moneyStory().lines),
  'scored windows': historyOf(scoringStory().lines),
};

const filled = (name: string, history = histories['payouts that vest']): Filled => {
  const table = tables[name];
  if (table === undefined) throw new Error(`no table ${name}`);
  return table.fill(history);
};

const column = ({ columns, rows }: Filled, name: string): Cell[] => {
  const at = columns.findIndex((one) => one.name === name);
  return rows.map((row) => row[at] as Cell);
};
const bigints = (cells: Cell[]): bigint[] => cells as bigint[];
const sum = (values: bigint[]): bigint => values.reduce((all, value) => all + value, 0n);

/** As it stands in the file; amounts by their bytes, for a double would not hold them. */
async function readParquet(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const metadata = parquetMetadata(file as ArrayBuffer);
  for (const element of metadata.schema) {
    if (element.converted_type !== 'DECIMAL') continue;
    delete element.converted_type;
    delete element.logical_type;
  }
  const buffer = file as ArrayBuffer;
  return parquetReadObjects({ file: buffer, metadata, utf8: false }) as Promise<
    Record<string, unknown>[]
  >;
}

function wholeOf(value: unknown): bigint {
  const bytes = value as Uint8Array;
  return BigInt.asIntN(128, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

/** A row as a reader has it, in the terms of the table. */
function cellsOf(row: Record<string, unknown>, { columns }: Filled): Cell[] {
  return columns.map(({ name, kind }) => {
    const value = row[name] ?? null;
    if (value === null) return null;
    if (kind === 'amount') return wholeOf(value);
    if (kind === 'integer') return Number(value);
    if (kind === 'time') return (value as Date).getTime();
    return kind === 'json' ? JSON.stringify(value) : (value as Cell);
  });
}

/** Splits RFC 4180 text; quotes double within quotes, and one stands before what looks like a formula. */
function readCsv(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r]*))(,|\r\n)/g)) {
    const cell = quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"');
    row.push(cell.replace(/^'(?=[=+\-@])/, ''));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

describe.each(Object.entries(histories))('tables of %s', (_, history) => {
  it.each(Object.keys(tables))('%s: Parquet read back is the table', async (name) => {
    const table = filled(name, history);
    const written = parquetOf(table);
    if (isLeft(written)) throw new Error(written.left.message);
    const read = await readParquet(written.right);
    expect(read.map((row) => cellsOf(row, table))).toEqual(table.rows);
  });

  it.each(Object.keys(tables))('%s: CSV read back is the table', (name) => {
    const table = filled(name, history);
    const [head, ...rows] = readCsv(csvOf(table));
    expect(head).toEqual(table.columns.map((one) => one.name));
    const cells = rows.map((row) =>
      row.map((text, at): Cell => {
        const kind = table.columns[at]?.kind;
        if (text === '') return null;
        if (kind === 'amount') return BigInt(text);
        if (kind === 'integer') return Number(text);
        if (kind === 'time') return msOfTime(text);
        return kind === 'flag' ? text === 'true' : text;
      }),
    );
    expect(cells).toEqual(table.rows);
  });

  it('tell of every entry, window, contribution and account', () => {
    const { books, events } = history;
    const windows = Object.values(books.windows);
    expect(filled('entries', history).rows).toHaveLength(events.length);
    expect(filled('windows', history).rows).toHaveLength(windows.length);
    expect(column(filled('assignments', history), 'assignment')).toEqual(
      windows.flatMap(({ assignments }) => Object.keys(assignments)),
    );
    expect(filled('accounts', history).rows).toHaveLength(
      Object.keys(books.rewards.balances).length,
    );
    expect(column(filled('postings', history), 'transfer')).toEqual(
      Object.keys(books.rewards.transfers),
    );
  });

  it('balance: accounts are the sums of their postings, and of all there is nothing left', () => {
    const postings = filled('postings', history);
    const amounts = bigints(column(postings, 'amount'));
    const [units, debits, credits] = ['unit', 'debit', 'credit'].map((name) =>
      column(postings, name),
    ) as [Cell[], Cell[], Cell[]];
    const accounts = filled('accounts', history);
    for (const [unit, account, given, got] of accounts.rows) {
      const of = (sides: Cell[]) =>
        sum(amounts.filter((__, at) => sides[at] === account && units[at] === unit));
      expect([given, got]).toEqual([of(debits), of(credits)]);
    }
    expect(sum(bigints(column(accounts, 'balance')))).toBe(0n);
  });

  it('list as payouts what the periods paid', () => {
    const listed = filled('payouts', history);
    const causes = column(listed, 'cause');
    const totals = bigints(column(listed, 'total_micro')).filter(
      (__, at) => causes[at] === 'closed',
    );
    const paid = Object.values(history.books.rewards.periods).map((period) => BigInt(period.paid));
    expect(sum(totals)).toBe(sum(paid));
  });
});

describe('scores', () => {
  it('name who was scored by whom', () => {
    const history = histories['scored windows'];
    const scores = filled('scores', history);
    expect(scores.rows.length).toBeGreaterThan(0);
    for (const participant of column(scores, 'participant'))
      expect(history.books.members[participant as string]?.role).toBe('worker');
  });
});

it('the same table gives the same bytes', () => {
  expect(parquetOf(filled('windows'))).toEqual(parquetOf(filled('windows')));
});

describe('a column of decimals', () => {
  const of = (value: bigint) =>
    parquetOf({
      name: 'sums',
      columns: [{ name: 'sum', kind: 'amount', doc: 'a sum' }],
      rows: [[value]],
    });

  it('holds 38 digits of either sign and refuses one more', async () => {
    const most = 10n ** 38n - 1n;
    for (const value of [most, -most, 0n]) {
      const written = of(value);
      if (!isRight(written)) throw new Error('refused');
      const [row] = await readParquet(written.right);
      expect(wholeOf(row?.['sum'])).toBe(value);
    }
    for (const value of [most + 1n, -most - 1n])
      expect(of(value)).toMatchObject({ left: { code: 'amount_too_wide' } });
  });

  it('may be empty', async () => {
    const empty = { name: 'none', columns: filled('scores').columns, rows: [] };
    const written = parquetOf(empty);
    expect(isRight(written) && (await readParquet(written.right))).toEqual([]);
  });
});
