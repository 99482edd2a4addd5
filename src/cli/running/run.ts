/**
 * `daybook run`: how the runs of a ledger stand, and the operator's levers on them. A lever is a
 * signed command sent through the channel; what comes back is the entry it became, or the refusal.
 */
import type { Command } from 'commander';
import type { FactOf } from '../../events/catalogue.ts';
import { label, slug } from '../../events/codecs.ts';
import { sendAsOperator, withSigning } from '../ledger/operator-command.ts';
import type { LeverOptions } from '../ledger/operator-command.ts';
import { withAt } from '../ledger/as-of.ts';
import { confirmed } from '../terminal/confirm.ts';
import { withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { registerRunAdapt } from './run-adapt.ts';
import { registerRunStart } from './run-start.ts';
import { ledgerStatus, runStatus } from '../reading/run-status.ts';
import type { StatusOptions } from '../reading/run-status.ts';
import { withOpenSource, withSource } from '../ledger/source.ts';

interface ReasonOptions extends LeverOptions {
  readonly reason: string;
}
type Lever = FactOf<'daybook.run.paused.v1' | 'daybook.run.resumed.v1' | 'daybook.run.failed.v1'>;

export function registerRun(program: Command): void {
  const run = program.command('run').description('see and steer the runs of a ledger');
  withOutput(
    withAt(withSource(run.command('status').description('say how every run stands'))),
    ledgerStatus,
  )
    .argument('[recording]', 'path of a recording, with or without .ndjson')
    .action((path: string | undefined, options: StatusOptions) =>
      withOpenSource(options, path, (source) => runStatus(source, options)),
    );
  registerRunStart(run);
  registerRunAdapt(run);
  const because = '--reason <text>';
  lever(run, 'pause', 'plan no further window; the open one is finished')
    .option(because, 'goes into the ledger', 'asked for by the operator')
    .action((name: string, options: ReasonOptions) =>
      pull('pause', options, {
        type: 'daybook.run.paused.v1',
        data: { run: runName(name), reason: reasonOf(options) },
      }),
    );
  lever(run, 'resume', 'plan windows again').action((name: string, options: LeverOptions) =>
    pull('resume', options, { type: 'daybook.run.resumed.v1', data: { run: runName(name) } }),
  );
  lever(run, 'fail', 'give the run up, for good; its open period is closed and paid')
    .option(because, 'goes into the ledger', 'given up by the operator')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: ReasonOptions & { readonly yes?: boolean }) => {
      const fact = {
        type: 'daybook.run.failed.v1',
        data: { run: runName(name), reason: reasonOf(options) },
      } as const;
      const sure = options.yes === true || options.dryRun === true;
      if (!sure && !(await confirmed(`give up run ${name}? This cannot be undone.`, name)))
        throw new Exit(EXIT.failed, `run ${name} goes on; nothing was sent`);
      await pull('fail', options, fact);
    });
}

const lever = (run: Command, verb: string, description: string): Command =>
  withSigning(run.command(verb).description(description), 'seed of the operator').argument(
    '<run>',
    'name of the run',
  );

const pull = (verb: string, options: LeverOptions, fact: Lever): Promise<void> =>
  sendAsOperator(`${verb}-${fact.data.run}`, options, fact);

function runName(name: string): string {
  if (slug.is(name)) return name;
  throw new Exit(EXIT.usage, `"${name}" is no run name: lower-case letters, digits, dashes`);
}

function reasonOf({ reason }: ReasonOptions): string {
  if (label.is(reason)) return reason;
  throw new Exit(EXIT.usage, '--reason: 1 to 200 printable characters');
}
