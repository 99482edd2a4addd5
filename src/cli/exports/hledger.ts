/** `daybook export hledger`: the reward book as a journal for plain-text accounting. */
import type { Command } from 'commander';
import { hledgerJournal } from '../../roles/exports/hledger.ts';
import { withSource } from '../ledger/source.ts';
import type { HistoryOptions } from './read-history.ts';
import { readHistory } from './read-history.ts';
import { writeOut } from './write-out.ts';

interface JournalOptions extends HistoryOptions {
  readonly output?: string;
}

export function registerJournal(exports: Command): void {
  withSource(
    exports.command('hledger').description('write every transfer as a journal for hledger'),
  )
    .option('-o, --output <file>', 'where to; default: standard output')
    .option('-q, --quiet', 'no progress')
    .action(async (options: JournalOptions) =>
      writeOut(hledgerJournal(await readHistory(options)), options.output),
    );
}
