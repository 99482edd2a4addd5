/** `daybook export model-card`: what a run trained, as the card that goes with its weights. */
import type { Command } from 'commander';
import { cardRefusal, modelCard } from '../../roles/exports/model-card.ts';
import { withSource } from '../ledger/source.ts';
import type { HistoryOptions } from './read-history.ts';
import { onlyRun, readHistory } from './read-history.ts';
import { refused } from './refused.ts';
import { writeOut } from './write-out.ts';

interface CardOptions extends HistoryOptions {
  readonly run?: string;
  readonly output?: string;
}

export function registerModelCard(exports: Command): void {
  withSource(
    exports.command('model-card').description("write a run's card for the Hugging Face hub"),
  )
    .option('--run <name>', 'run; needed where there are several')
    .option('-o, --output <file>', 'where to, such as README.md; default: standard output')
    .option('-q, --quiet', 'no progress')
    .action(async (options: CardOptions) => {
      const history = await readHistory(options);
      const run = options.run ?? onlyRun(history);
      const refusal = cardRefusal(history, run);
      if (refusal !== null) throw refused(refusal);
      writeOut(modelCard(history, run), options.output);
    });
}
