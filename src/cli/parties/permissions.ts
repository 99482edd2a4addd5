/**
 * `daybook permissions`: the accounts of a NATS server for one ledger, every party with the least it
 * needs. Takes public keys and prints no secret: passwords, where they are wanted, are read by the
 * server from its environment.
 */
import { InvalidArgumentError, type Command } from 'commander';
import type { ServerRole } from '../../adapters/nats/declarations.ts';
import { accountsBlock, isLoginName, type Party } from '../../adapters/nats/permissions.ts';
import { isActorId } from '../../events/nkey.ts';
import { withLedgerName } from '../context/setting-option.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { ledgerName } from '../ledger/ledger-options.ts';

const NAMED = {
  worker: 'trains',
  validator: 'judges',
  auditor: 'reads, and asks for signed heads and books',
  explorer: 'reads',
} as const satisfies Partial<Record<ServerRole, string>>;

type Options = { readonly ledger: string; readonly passwords?: boolean } & {
  readonly [role in ServerRole]?: readonly Party[];
};

export function registerPermissions(program: Command): void {
  const command = withLedgerName(
    program
      .command('permissions')
      .description('print the accounts of a NATS server: who may do what, by key'),
  );
  const party = (role: ServerRole) => (text: string, before: readonly Party[] | undefined) => [
    ...(before ?? []),
    partyOf(role, text),
  ];
  command
    .requiredOption('--authority <key>', 'alone has the log', party('authority'))
    .requiredOption('--desk <key>', "the authority's login for all but the log", party('desk'))
    .option('--operator <key>', 'commands, and administers steps and artifacts', party('operator'));
  for (const [role, does] of Object.entries(NAMED) as [ServerRole, string][])
    command.option(`--${role} <name=key>`, `${does}; repeatable`, party(role));
  command
    .option('--passwords', 'log in by name and $DAYBOOK_PASSWORD_<NAME>, not by key')
    .action(printPermissions);
}

/** `name=key`, or a key alone for those that there is one of. */
function partyOf(role: ServerRole, text: string): Party {
  const [name, actor] = text.includes('=') ? text.split('=', 2) : [role, text];
  if (!isActorId(actor)) throw new InvalidArgumentError(`${actor} is no public key`);
  if (name === undefined || !isLoginName(name))
    throw new InvalidArgumentError(`"${name}" is no name: letters, digits, - and _`);
  return { role, name, actor };
}

function printPermissions(options: Options): void {
  const roles: ServerRole[] = ['authority', 'desk', 'operator', 'worker', 'validator'];
  const parties = [...roles, 'auditor' as const, 'explorer' as const].flatMap(
    (role) => options[role] ?? [],
  );
  const seen = new Set<string>();
  for (const { name, actor } of parties) {
    const [twice] = [name, actor].filter((one) => seen.has(one));
    if (twice !== undefined)
      throw new Exit(EXIT.usage, `${twice} is named twice: each login is one party's`);
    seen.add(name).add(actor);
  }
  const block = accountsBlock(
    ledgerName(options.ledger),
    options.passwords === true ? parties.map(byPassword) : parties,
  );
  process.stdout.write(block);
}

const byPassword = (party: Party): Party => ({
  ...party,
  passwordVariable: `DAYBOOK_PASSWORD_${party.name.toUpperCase().replaceAll('-', '_')}`,
});
