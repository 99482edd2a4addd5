/**
 * `daybook appeal`: whoever was found to have offended says that it has not. Nodes appeal by themselves
 * where their own recomputation comes out for them; this is for people who know better.
 */
import type { Command } from 'commander';
import { label } from '../../events/codecs.ts';
import { offenceId } from '../../events/catalogue/offence.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { booksHere } from '../ledger/decide-here.ts';
import { readKey } from '../ledger/ledger-options.ts';
import { sendAsOperator, withSigning } from '../ledger/operator-command.ts';
import type { LeverOptions } from '../ledger/operator-command.ts';

interface AppealOptions extends LeverOptions {
  readonly statement: string;
}

export function registerAppeal(program: Command): void {
  withSigning(
    program.command('appeal').description('have an offence heard by a drawn panel'),
    'seed of the participant that was found to have done it',
  )
    .argument('<offence>', 'as `daybook explain offence` names it, work/run/0/1/0 say')
    .option('--statement <text>', 'goes into the ledger', 'it was not so')
    .action(appeal);
}

async function appeal(offence: string, options: AppealOptions): Promise<void> {
  const { statement } = options;
  if (!offenceId.is(offence)) throw new Exit(EXIT.usage, `"${offence}" names no offence`);
  if (!label.is(statement))
    throw new Exit(EXIT.usage, 'a statement is one line of at most 200 characters');
  const session = await sessionOf(options);
  await sendAsOperator(`appeal-${offence.replaceAll('/', '-')}`, options, {
    type: 'daybook.appeal.filed.v1',
    data: { offence, session, statement },
  });
}

/** The one that the participant's node is in. */
async function sessionOf({ key, log, ledger }: AppealOptions): Promise<number> {
  const { actor } = readKey(key);
  const { members } = await booksHere({ log, ledger });
  const member = members[actor];
  if (member === undefined) throw new Exit(EXIT.failed, `${actor} is no participant`);
  return Math.max(member.session, 1);
}
