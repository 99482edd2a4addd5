/**
 * The programs that exports are made for read them, and find in them what the books hold: DuckDB and
 * Arrow the tables, the hub's own library the model card. Each runs where Python has it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { python, pythonEnv, whyNoPython } from '../../testing/python.ts';
import { moneyStory } from '../../testing/stories/money.ts';
import type { History } from './history.ts';
import { historyOf } from './history.ts';
import { modelCard } from './model-card.ts';
import { tables } from './tables/catalogue.ts';
import { parquetOf } from './tables/parquet.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-readers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const filled = (history: History) => Object.values(tables).map((table) => table.fill(history));

let history: History;
beforeAll(() => {
  history = historyOf(moneyStory().lines);
  for (const table of filled(history)) {
    const written = parquetOf(table);
    if (written._tag === 'Left') throw new Error(written.left.message);
    writeFileSync(at(`${table.name}.parquet`), written.right);
  }
  writeFileSync(at('README.md'), modelCard(history, 'r'));
});

/** What the program prints as JSON on its last line. */
function ask(program: string): unknown {
  const options = { encoding: 'utf8', cwd: folder, env: pythonEnv } as const;
  const { status, stdout, stderr } = spawnSync(python, ['-c', program], options);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

/** Skipped with its reason said, as the worker's tests are. */
function itReads(modules: readonly string[], what: string, test: () => void): void {
  const reason = whyNoPython(modules);
  if (reason !== null) process.stderr.write(`Not read by ${modules.join(', ')}: ${reason}\n`);
  it.skipIf(reason !== null)(what, test);
}

const balances = () =>
  Object.values(history.books.rewards.balances)
    .map(({ debits, credits }) => String(BigInt(credits) - BigInt(debits)))
    .toSorted();

describe('exports are read by', () => {
  itReads(['duckdb'], 'DuckDB, with every row and exact amounts', () => {
    const told = ask(`
import duckdb, glob, json
count = lambda file: duckdb.sql(f"select count(*) from '{file}'").fetchall()[0][0]
rows = {file.split(".")[0]: count(file) for file in glob.glob("*.parquet")}
balances = [str(row[0]) for row in duckdb.sql("select balance from 'accounts.parquet'").fetchall()]
by_unit = duckdb.sql("select sum(balance) from 'accounts.parquet' group by unit").fetchall()
print(json.dumps([rows, sorted(balances), [int(row[0]) for row in by_unit]]))`);
    const rows = Object.fromEntries(
      filled(history).map(({ name, rows: all }) => [name, all.length]),
    );
    const [, , sums] = told as [unknown, unknown, number[]];
    expect(told).toEqual([rows, balances(), sums]);
    expect(sums.length).toBeGreaterThan(0);
    expect(new Set(sums)).toEqual(new Set([0]));
  });

  itReads(['pyarrow.parquet'], 'Arrow, in the types that were declared', () => {
    const kinds = {
      text: 'string',
      json: 'string',
      integer: 'int64',
      amount: 'decimal128(38, 0)',
      time: 'timestamp[ms, tz=UTC]',
      flag: 'bool',
    };
    const told = ask(`
import glob, json
import pyarrow.parquet as parquet
plain = lambda kind: "string" if "json" in str(kind) else str(kind)
types = lambda file: {field.name: plain(field.type) for field in parquet.read_table(file).schema}
accounts = parquet.read_table("accounts.parquet")
print(json.dumps([{file.split(".")[0]: types(file) for file in glob.glob("*.parquet")},
  sorted(str(one) for one in accounts["balance"].to_pylist())]))`);
    const declared = filled(history).map(({ name, columns }) => [
      name,
      Object.fromEntries(columns.map((column) => [column.name, kinds[column.kind]])),
    ]);
    expect(told).toEqual([Object.fromEntries(declared), balances()]);
  });

  itReads(['huggingface_hub', 'yaml'], "the hub's library, as a card with results", () => {
    const told = ask(`
import json
from huggingface_hub import ModelCard
card = ModelCard.load("README.md")
results = card.data.eval_results
print(json.dumps([card.data.library_name, [one.metric_value for one in results]]))`);
    const loss = history.books.runs['r']?.revisions.at(-1)?.heldOutLossMicroNats ?? NaN;
    expect(told).toEqual(['daybook', [loss / 1e6]]);
  });
});
