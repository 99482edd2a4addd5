/** The history that an export is made from, read from a recording or a live ledger. */
import type { History } from '../../roles/exports/history.ts';
import { HistoryReader } from '../../roles/exports/history.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { SourceOptions } from '../ledger/source.ts';
import { withOpenSource } from '../ledger/source.ts';
import { refused } from './refused.ts';

export interface HistoryOptions extends SourceOptions {
  readonly quiet?: boolean;
}

/** @throws Fault log_corrupt; Exit when there is no such source */
export const readHistory = (options: HistoryOptions): Promise<History> =>
  withOpenSource(options, undefined, async (source) => {
    const reader = new HistoryReader();
    for await (const { lines, root } of source.chunks()) {
      reader.add(lines);
      if (root !== null) reader.checkRoot(root);
    }
    return reader.history;
  });

/** @throws Exit failed where there is none, usage where there are several */
export function onlyRun({ books }: History): string {
  const [first, ...more] = Object.keys(books.runs);
  if (first === undefined) throw refused({ code: 'run_unknown', message: 'the ledger has no run' });
  if (more.length > 0)
    throw new Exit(EXIT.usage, `say which --run: ${[first, ...more].join(', ')}`);
  return first;
}
