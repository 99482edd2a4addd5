/** The verbs that run one role each, in the foreground, until told to stop. */
import type { Command } from 'commander';
import { systemClock } from '../adapters/system-clock.ts';
import { systemEntropy } from '../adapters/system-entropy.ts';
import { encodeCommand, signCommand } from '../commands/command.ts';
import { openingOf } from '../commands/opening.ts';
import { decodeReply } from '../commands/reply.ts';
import type { BackendName } from '../compute/backend.ts';
import { actorId } from '../events/codecs.ts';
import type { SigningKey } from '../events/nkey.ts';
import { runAuthority } from '../roles/authority.ts';
import { ComputeError, ComputeLane } from '../roles/compute-lane.ts';
import type { Duties } from '../roles/node.ts';
import { runNode } from '../roles/node.ts';
import { ValidatorDuties } from '../roles/validator.ts';
import { WorkerDuties } from '../roles/worker.ts';
import { EXIT, Exit } from './exit.ts';
import { registerExplorer } from './explorer.ts';
import type { LedgerOptions } from './ledger-options.ts';
import { ledgerName, openAt, readKey, withLedger } from './ledger-options.ts';
import { rehearsedFraud } from './rehearsed-fraud.ts';
import type { SnapshotOptions } from './snapshot-options.ts';
import { snapshotsOf, withSnapshots } from './snapshot-options.ts';
import { SOFTWARE } from './software.ts';
import { stopSignal } from './stop-signal.ts';
import { wholeNumber } from './whole-number.ts';

interface AuthorityOptions extends LedgerOptions, SnapshotOptions {
  readonly key: string;
  readonly operator?: string;
}

interface NodeVerbOptions extends LedgerOptions, SnapshotOptions {
  readonly key: string;
  readonly backend: string;
  readonly threads: string;
  readonly rehearse?: string;
}

const BACKENDS: readonly string[] = ['reference', 'blas', 'exact', 'gpu'] satisfies BackendName[];

export function registerRoles(program: Command): void {
  withSnapshots(
    withLedger(program.command('authority').description('sequence a ledger: decide, commit, tick')),
  )
    .requiredOption('--key <file>', 'seed of the authority')
    .option('--operator <key>', 'public key of the operator; opens the ledger where it is new')
    .action(runAuthorityVerb);
  nodeVerb(program, 'worker', 'train: claim assignments, commit deltas, reveal them')
    .option('--rehearse <fraud>', 'misbehave on purpose: altered-delta@<window>')
    .action((options: NodeVerbOptions) =>
      runNodeVerb(options, new WorkerDuties(rehearsedFraud(options.rehearse))),
    );
  nodeVerb(program, 'validator', 'judge: recompute contributions and aggregations').action(
    (options: NodeVerbOptions) => runNodeVerb(options, new ValidatorDuties()),
  );
  registerExplorer(program);
}

const nodeVerb = (program: Command, name: string, description: string): Command =>
  withSnapshots(withLedger(program.command(name).description(description)))
    .requiredOption('--key <file>', `seed of the ${name}`)
    .option('--backend <name>', `kernels: ${BACKENDS.join(', ')}`, 'exact')
    .option('--threads <count>', 'threads of the kernels; never changes a bit', '1');

const say = (line: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
};

async function runAuthorityVerb(options: AuthorityOptions): Promise<void> {
  const key = readKey(options.key);
  const parts = await openAt(options, { create: options.operator !== undefined });
  const snapshots = snapshotsOf(options, key.actor, say);
  const stop = new AbortController();
  const signal = AbortSignal.any([stopSignal, stop.signal]);
  try {
    const serving = runAuthority({ ...parts, clock: systemClock, key, snapshots }, signal);
    say(`authority ${key.actor} of ${options.ledger} at ${options.log}`);
    if (options.operator !== undefined)
      await Promise.race([serving, openTheLedger(options, key, parts.channel)]);
    await serving;
  } finally {
    stop.abort();
    await parts.close();
  }
}

/** Idempotent: the ledger is opened once, and later starts find it so. */
async function openTheLedger(
  { ledger, operator }: AuthorityOptions,
  key: SigningKey,
  channel: Awaited<ReturnType<typeof openAt>>['channel'],
): Promise<void> {
  if (!actorId.is(operator)) throw new Exit(EXIT.usage, `--operator: ${operator} is no public key`);
  const name = ledgerName(ledger);
  const command = signCommand(key, name, 'open', openingOf(name, key.actor, operator));
  const reply = decodeReply(
    await channel.request('command', encodeCommand(command), { timeoutMs: 30_000 }),
  );
  if (reply.status !== 'recorded') throw new Exit(EXIT.failed, `${reply.code}: ${reply.message}`);
}

async function runNodeVerb(options: NodeVerbOptions, duties: Duties): Promise<void> {
  const key = readKey(options.key);
  const lane = await openLane(options);
  const parts = await openAt(options, { create: false });
  try {
    const io = { ...parts, clock: systemClock, entropy: systemEntropy };
    const snapshots = snapshotsOf(options, key.actor, say);
    const node = { ...io, key, lane, software: SOFTWARE, snapshots, say };
    await runNode(node, duties, stopSignal);
  } finally {
    await lane.close();
    await parts.close();
  }
}

export async function openLane(options: {
  readonly backend: string;
  readonly threads: string;
}): Promise<ComputeLane> {
  const { backend } = options;
  const threads = wholeNumber('--threads', options.threads, 1, 64);
  if (!BACKENDS.includes(backend)) throw new Exit(EXIT.usage, `--backend: no "${backend}"`);
  try {
    return await ComputeLane.open(backend as BackendName, threads);
  } catch (error) {
    if (error instanceof ComputeError) throw new Exit(EXIT.failed, error.message);
    throw error;
  }
}
