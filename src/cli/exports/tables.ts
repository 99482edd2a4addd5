/** `daybook export parquet|csv`: the tables of a ledger as files for other tools. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import { tables } from '../../roles/exports/tables/catalogue.ts';
import { csvOf } from '../../roles/exports/tables/csv.ts';
import { parquetOf } from '../../roles/exports/tables/parquet.ts';
import type { Filled } from '../../roles/exports/tables/table.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { withSource } from '../ledger/source.ts';
import type { HistoryOptions } from './read-history.ts';
import { readHistory } from './read-history.ts';
import { refused } from './refused.ts';
import { writeInto, writeOut } from './write-out.ts';

interface TablesOptions extends HistoryOptions {
  readonly table?: string[];
  readonly output?: string;
}

export function registerTables(exports: Command): void {
  verb(
    exports.command('parquet').description('write tables with typed columns, a Parquet file each'),
  )
    .requiredOption('-o, --output <folder>', 'where to: <folder>/<table>.parquet')
    .action(async (options: TablesOptions) => {
      for (const table of await chosen(options)) {
        const written = parquetOf(table);
        if (isLeft(written)) throw refused(written.left);
        writeInto(options.output as string, `${table.name}.parquet`, written.right);
      }
    });
  verb(exports.command('csv').description('write the same tables as CSV'))
    .option('-o, --output <folder>', 'where to; without one a single --table goes to stdout')
    .action(async (options: TablesOptions) => {
      const { output } = options;
      if (output === undefined && options.table?.length !== 1)
        throw new Exit(EXIT.usage, 'name a folder with -o, or one --table to print');
      for (const table of await chosen(options)) {
        if (output === undefined) writeOut(csvOf(table), undefined);
        else writeInto(output, `${table.name}.csv`, csvOf(table));
      }
    });
}

const verb = (command: Command): Command =>
  withSource(command)
    .addOption(
      new Option('--table <names...>', 'only these; default: all').choices(Object.keys(tables)),
    )
    .option('-q, --quiet', 'no progress');

async function chosen(options: TablesOptions): Promise<Filled[]> {
  const history = await readHistory(options);
  return Object.values(tables)
    .filter(({ name }) => options.table?.includes(name) ?? true)
    .map((table) => table.fill(history));
}
