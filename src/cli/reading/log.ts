/**
 * `daybook log`: the entries themselves. `tail` lists the last ones and goes on with the new; `show`
 * takes one apart: who signed it and whether that verifies, its leaf hash, what caused it, what it
 * caused, which later entries rest on it.
 */
import type { Command } from 'commander';
import { tell, withOutput } from '../terminal/declared-output.ts';
import { colour, print } from '../terminal/output.ts';
import type { EntryView } from '../ledger/entry-view.ts';
import { entryOutput, entryView, entryText } from '../ledger/entry-view.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { OutputOptions } from '../terminal/output.ts';
import type { SourceOptions } from '../ledger/source.ts';
import { withOpenSource, withSource } from '../ledger/source.ts';
import type { TailOptions } from './log-tail.ts';
import { entries, runTail } from './log-tail.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

type ShowOptions = SourceOptions & OutputOptions;

export function registerLog(program: Command): void {
  const log = program.command('log').description('read the entries of a ledger');
  withOutput(
    withSource(log.command('tail').description('list the last entries, and follow')),
    entries,
  )
    .argument('[recording]', 'path of a recording, with or without .ndjson')
    .option('-n, --lines <count>', 'how many of the last entries; 0 for none', '20')
    .option('-f, --follow', 'go on with new entries until interrupted')
    .option('--type <glob>', 'only these types, such as verdict.* or *.sealed.*')
    .option('--actor <who>', 'only what this participant asserted: name or public key')
    .option('--since <sequence>', 'all entries from this one on; replaces -n')
    .action((path: string | undefined, options: TailOptions) =>
      // From an entry on, entries are printed while it reads: a line of progress would stand among them.
      withOpenSource(
        { ...options, quiet: options.quiet === true || options.since !== undefined },
        path,
        (source) => runTail(source, options),
      ),
    );
  withOutput(withSource(log.command('show').description('take one entry apart')), entryOutput)
    .argument('<sequence>', 'of the entry, from 0')
    .argument('[recording]', 'path of a recording, with or without .ndjson')
    .action((sequence: string, path: string | undefined, options: ShowOptions) =>
      withOpenSource(options, path, async (source) => {
        const wanted = wholeNumber('<sequence>', sequence);
        if (wanted >= source.size)
          throw new Exit(
            EXIT.usage,
            `no entry ${wanted}: ${source.where} has entries 0 to ${source.size - 1}`,
          );
        show(await entryView(source, wanted), options);
      }),
    );
}

function show(view: EntryView, options: ShowOptions): void {
  // A line of jsonl is the entry as it is stored, as `log tail` has it.
  if (options.output === 'jsonl') return print(view.line);
  return tell(entryOutput, view, options, () => {
    print(entryText(view));
    if (options.quiet !== true && view.signature === 'invalid')
      print(colour.red('\nDo not rely on this ledger: run `daybook audit` on a recording of it.'));
  });
}
