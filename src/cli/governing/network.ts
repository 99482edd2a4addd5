/**
 * `daybook network`: what network a ledger is of and how it is governed, and the commands that found
 * one, propose to its council and vote there. Who proposes or votes signs with a seat's own key.
 */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { councilSeats, networkFounded } from '../../events/catalogue/network.ts';
import { actorId, label, slug } from '../../events/codecs.ts';
import type { Change, NetworkBook, Seat, Vote } from '../../projections/network-book.ts';
import { epochAt } from '../../projections/network-book.ts';
import type { Books } from '../../projections/books.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { withAt } from '../ledger/as-of.ts';
import { rebuildTo } from '../ledger/as-of.ts';
import { withOutput } from '../terminal/declared-output.ts';
import { readKey } from '../ledger/ledger-options.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { networkOutput, networkStatus } from '../reading/network-status.ts';
import type { NetworkOptions } from '../reading/network-status.ts';
import { sendAsOperator, withSigning } from '../ledger/operator-command.ts';
import type { LeverOptions } from '../ledger/operator-command.ts';
import { withOpenSource, withSource } from '../ledger/source.ts';
import { wholeNumber } from '../terminal/whole-number.ts';
import { checked } from './checked.ts';
import { policyFile } from './policy-file.ts';

interface FoundOptions extends LeverOptions {
  readonly title: string;
  readonly epoch: string;
  readonly member: readonly Seat[];
  readonly role: readonly string[];
}

interface ProposeOptions extends LeverOptions {
  readonly title?: string;
  readonly policy?: string;
  readonly member: readonly Seat[];
  readonly rollback?: string;
  readonly epoch?: string;
}

export function registerNetwork(program: Command): void {
  const network = program
    .command('network')
    .description('see the network of a ledger, and take part in how it is governed');
  withOutput(
    withAt(
      withSource(
        network
          .command('status', { isDefault: true })
          .description('print epoch, council, proposals with their votes, terms in force'),
      ),
    ),
    networkOutput,
  )
    .argument('[recording]', 'path of a recording, with or without .ndjson')
    .action((path: string | undefined, options: NetworkOptions) =>
      withOpenSource(options, path, (source) => networkStatus(source, options)),
    );
  withMembers(
    withSigning(
      network.command('found').description('give the terms of the ledger to a council, for good'),
      'seed of the operator',
    ),
  )
    .argument('<network>', 'its name')
    .requiredOption('--title <text>', 'for people')
    .requiredOption('--epoch <seconds>', 'length of an epoch')
    .option('--role <role>', 'a role it has; repeatable', collect, [])
    .action(found);
  withMembers(
    withSigning(
      network.command('propose').description('propose a policy, a council or a rollback'),
      'seed of a member of the council',
    ),
  )
    .argument('<proposal>', 'its name, used once for ever')
    .option('--title <text>', 'for people; default: the name')
    .option('--policy <file>', 'a complete policy in JSON, as `policy draft` prints one')
    .option('--rollback <run/revision>', 'the run starts again from this revision of it')
    .option('--epoch <number>', 'when it takes effect; default: as soon as it may')
    .action(propose);
  withSigning(
    network.command('vote').description('vote on a proposal, once'),
    'seed of a member of the council',
  )
    .argument('<proposal>', 'its name')
    .argument('<vote>', 'yes, no or abstain', voteOf)
    .action((proposal: string, vote: Vote, options: LeverOptions) =>
      sendAsOperator(`vote-${nameOf(proposal)}`, options, {
        type: 'daybook.proposal.voted.v1',
        data: { proposal, vote },
      }),
    );
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

const withMembers = (command: Command): Command =>
  command.option(
    '--member <key=weight>',
    'a seat of the council; repeatable',
    (text: string, before: readonly Seat[]) => [...before, seatOf(text)],
    [],
  );

function seatOf(text: string): Seat {
  const [member, weight = ''] = text.split('=');
  if (!actorId.is(member) || !/^[1-9]\d{0,9}$/.test(weight))
    throw new InvalidArgumentError('write <public key>=<weight>');
  return { member, weight: Number(weight) };
}

function voteOf(text: string): Vote {
  if (text === 'yes' || text === 'no' || text === 'abstain') return text;
  throw new InvalidArgumentError('yes, no or abstain');
}

async function found(network: string, options: FoundOptions): Promise<void> {
  const seconds = wholeNumber('--epoch', options.epoch, 1, 365 * 24 * 3600);
  const roles = options.role.length === 0 ? ['miner', 'validator'] : options.role;
  const data = checked(networkFounded.data, 'the network', {
    network: nameOf(network),
    title: options.title,
    epochMs: seconds * 1000,
    council: options.member,
    roles,
  });
  await sendAsOperator(`found-${network}`, options, { type: 'daybook.network.founded.v1', data });
}

async function propose(proposal: string, options: ProposeOptions): Promise<void> {
  const name = nameOf(proposal);
  // What is wrong here is said before a whole ledger is folded.
  readKey(options.key);
  const change = changeOf(options);
  const books = await booksOf(options);
  const { network } = books;
  if (network === undefined) throw new Exit(EXIT.failed, 'no network is founded on this ledger');
  await sendAsOperator(`propose-${name}`, options, {
    type: 'daybook.proposal.submitted.v1',
    data: {
      proposal: name,
      title: checked(label, '--title', options.title ?? name),
      base: network.revision,
      ...change,
      activationEpoch:
        options.epoch === undefined
          ? firstEpoch(books, network)
          : wholeNumber('--epoch', options.epoch),
    },
  });
}

async function booksOf({ log, ledger, quiet }: ProposeOptions): Promise<Books> {
  return withOpenSource({ log, ledger, quiet: quiet === true }, undefined, async (source) => {
    const { books } = await rebuildTo(source, source.size);
    return books;
  });
}

/** One later than the first there is: the next may begin before the command arrives. */
function firstEpoch({ policy }: Books, network: NetworkBook): number {
  const { votingEpochs = 0, noticeEpochs = 0 } = policy?.governance ?? {};
  const now = Math.max(epochAt(network, systemClock.nowMs()), 0);
  return now + votingEpochs + 1 + noticeEpochs + 1;
}

function changeOf({ policy, member, rollback }: ProposeOptions): Change {
  const named = [policy !== undefined, member.length > 0, rollback !== undefined];
  if (named.filter(Boolean).length !== 1)
    throw new Exit(EXIT.usage, 'say what changes: one of --policy, --member, --rollback');
  return {
    policy: policy === undefined ? null : policyFile(policy),
    council: member.length === 0 ? null : checked(councilSeats, '--member', member),
    rollback: rollback === undefined ? null : rollbackOf(rollback),
  };
}

function rollbackOf(text: string): NonNullable<Change['rollback']> {
  const [run = '', revision = ''] = text.split('/');
  return { run: nameOf(run), toRevision: wholeNumber('--rollback', revision) };
}

function nameOf(name: string): string {
  if (slug.is(name)) return name;
  throw new Exit(EXIT.usage, `"${name}" is no name: lower-case letters, digits, dashes`);
}
