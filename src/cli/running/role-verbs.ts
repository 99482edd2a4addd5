/** The verbs that run one role each, in the foreground, until told to stop. */
import { totalmem } from 'node:os';
import type { Command } from 'commander';
import type { OpenLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { systemEntropy } from '../../adapters/system-entropy.ts';
import { openingId, openingOf } from '../../commands/opening.ts';
import type { BackendName } from '../../compute/backend.ts';
import { actorId } from '../../events/codecs.ts';
import type { SigningKey } from '../../events/nkey.ts';
import { LEASE_MS, runAuthority } from '../../roles/authority.ts';
import type { Machine } from '../../roles/claim-capability.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { readOpening } from '../../roles/command-tagger.ts';
import type { ComputeLane } from '../../roles/compute-lane.ts';
import { ComputeError } from '../../roles/compute-lane.ts';
import type { Registration } from '../../roles/enrolment.ts';
import type { Duties, NodeOptions } from '../../roles/node.ts';
import type { PageFetcher } from '../../roles/page-source.ts';
import { runNode } from '../../roles/node.ts';
import { LEASE_MS_MAX, LEASE_MS_MIN } from '../../roles/turns.ts';
import { ValidatorDuties } from '../../roles/validator.ts';
import { WorkerDuties } from '../../roles/worker.ts';
import { gaugeOf } from '../../roles/telemetry/meter.ts';
import { ThreadLane } from '../../roles/thread-lane.ts';
import type { CatchUpVerbOptions } from '../ledger/catch-up-options.ts';
import { openCatchUp, withCatchUp } from '../ledger/catch-up-options.ts';
import { withKey } from '../context/setting-option.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { openWhenThere, withWait } from './await-ledger.ts';
import type { WaitOptions } from './await-ledger.ts';
import { registerExplorer } from './explorer.ts';
import { consentIn } from '../parties/identity.ts';
import { ledgerName, openAt, readKey, withLedger } from '../ledger/ledger-options.ts';
import { rehearsedFraud } from '../proving/rehearsed-fraud.ts';
import type { SnapshotOptions } from '../ledger/snapshot-options.ts';
import { snapshotsOf, withSnapshots } from '../ledger/snapshot-options.ts';
import { authorityWatch, nodeWatch } from './role-watch.ts';
import { openTelemetry, withTelemetry } from './telemetry-options.ts';
import type { Telemetry, TelemetryOptions } from './telemetry-options.ts';
import { tracedOr, tracedParts } from './trace-options.ts';
import { buildDigest, SOFTWARE } from '../terminal/software.ts';
import { finishSignal, staysUp, stopSignal } from '../terminal/stop-signal.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface AuthorityOptions extends WaitOptions, SnapshotOptions, TelemetryOptions {
  readonly key: string;
  readonly operator?: string;
  readonly lease: string;
}

interface NodeVerbOptions extends WaitOptions, SnapshotOptions, TelemetryOptions {
  readonly key: string;
  readonly backend: string;
  readonly threads: string;
  readonly rehearse?: string;
  readonly name?: string;
  readonly recovery?: string;
  readonly invitation?: string;
  readonly drain?: boolean;
}

const NONCE_BYTES = 32;
/** Of the option by which a node drains. */
export const DRAIN = 'told to stop, first finish what is held; told again, leave at once';
export const THREADS_MAX = 64;
export const BACKENDS: readonly string[] = [
  'reference',
  'blas',
  'exact',
  'gpu',
] satisfies BackendName[];

export function registerRoles(program: Command): void {
  const authority = staysUp(program.command('authority')).description(
    'sequence a ledger: decide, commit, tick; a second one stands by',
  );
  withKey(withWait(withTelemetry(withSnapshots(withLedger(authority)))), 'seed of the authority')
    .option('--operator <key>', 'public key of the operator; opens the ledger where it is new')
    .option('--lease <ms>', 'another one takes over after so long a silence', String(LEASE_MS))
    .action(runAuthorityVerb);
  withCatchUp(nodeVerb(program, 'worker', 'train: claim assignments, commit deltas, reveal them'))
    .option('--rehearse <fraud>', 'misbehave on purpose: altered-delta@<window>')
    .action(runWorkerVerb);
  nodeVerb(program, 'validator', 'judge: recompute contributions and aggregations').action(
    runValidatorVerb,
  );
  registerExplorer(program);
}

function nodeVerb(program: Command, name: string, description: string): Command {
  const verb = staysUp(program.command(name)).description(description);
  return withKey(withWait(withTelemetry(withSnapshots(withLedger(verb)))), `seed of the ${name}`)
    .option('--backend <name>', `kernels: ${BACKENDS.join(', ')}`, 'exact')
    .option('--threads <count>', 'threads of the kernels; never changes a bit', '1')
    .option('--recovery <key:consent>', 'register where there is a registry; see identity consent')
    .option('--name <name>', 'to register under')
    .option('--invitation <name>', 'to register with')
    .option('--drain', DRAIN);
}

async function runAuthorityVerb(options: AuthorityOptions): Promise<void> {
  const key = readKey(options.key);
  const leaseMs = wholeNumber('--lease', options.lease, LEASE_MS_MIN, LEASE_MS_MAX);
  const telemetry = await openTelemetry(options, 'authority');
  try {
    await serveAsAuthority(options, key, leaseMs, telemetry);
  } finally {
    await telemetry.close();
  }
}

async function serveAsAuthority(
  options: AuthorityOptions,
  key: SigningKey,
  leaseMs: number,
  telemetry: Telemetry,
): Promise<void> {
  const { say } = telemetry;
  const opened =
    options.operator === undefined
      ? await openWhenThere(options, telemetry, stopSignal())
      : await openAt(options, { create: true });
  if (opened === null) return;
  const parts = tracedParts(opened, telemetry.tracer);
  const { self } = parts.leadership;
  const onLeader = leaderTeller(telemetry, self);
  const snapshots = snapshotsOf(options, key.actor, say);
  const stop = new AbortController();
  const signal = AbortSignal.any([stopSignal(), stop.signal]);
  try {
    const watch = authorityWatch(telemetry, telemetry.watchLog(parts.log));
    const own = { clock: systemClock, key, leaseMs, onLeader, snapshots, watch };
    const serving = runAuthority({ ...parts, ...own }, signal);
    const { ledger } = options;
    say(`authority ${key.actor} of ${ledger} at ${options.log}, as ${self}`, 'role.started', {
      actor: key.actor,
      ledger,
      holder: self,
    });
    if (options.operator !== undefined)
      await Promise.race([serving, openTheLedger(options, key, parts, signal)]);
    await serving;
  } finally {
    stop.abort();
    await parts.close();
  }
}

/** Who leads, for people, for /status and as a metric. */
function leaderTeller(
  { meter, say, check, tell }: Telemetry,
  self: string,
): (holder: string, size: number) => void {
  let leader: string | null = null;
  meter.expect('daybook_authority_leader_changes_total');
  check(() => (leader === null ? 'it is not known yet who leads' : null));
  tell(() => ({ holder: self, leader, leads: leader === self }));
  meter.collect(() => [gaugeOf('daybook_authority_leads', leader === self ? 1 : 0)]);
  return (holder, size) => {
    leader = holder;
    meter.count('daybook_authority_leader_changes_total');
    if (holder === self) say(`leads from entry ${size} on`, 'authority.leads', { holder, size });
    else say(`stands by: ${holder} leads`, 'authority.stands_by', { holder, size });
  };
}

/** Idempotent: the ledger is opened once, and later starts find it so. */
async function openTheLedger(
  { ledger, operator }: AuthorityOptions,
  key: SigningKey,
  { channel, log }: OpenLedger,
  signal: AbortSignal,
): Promise<void> {
  if (!actorId.is(operator))
    throw new Exit(EXIT.usage, `--operator: "${operator}" is no public key`, 'no_public_key');
  const client = new CommandClient({ channel, clock: systemClock, key, log });
  const nonce = Buffer.from(systemEntropy.bytes(NONCE_BYTES)).toString('hex');
  const opening = openingOf(ledgerName(ledger), key.actor, operator, nonce);
  const sent = client.send(openingId(nonce), opening, signal);
  const reply = await sent.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  if (reply === undefined || reply.status === 'recorded') return;
  const opened = await readOpening(log);
  if (opened?.operator === operator && opened.authority === key.actor) return;
  throw new Exit(EXIT.failed, `${reply.code}: ${reply.message}`);
}

async function runWorkerVerb(options: NodeVerbOptions & CatchUpVerbOptions): Promise<void> {
  const telemetry = await openTelemetry(options, 'worker');
  try {
    const catchUp = await openCatchUp(options, telemetry.say, telemetry.tracer);
    try {
      const duties = new WorkerDuties(rehearsedFraud(options.rehearse), catchUp.options);
      await runNodeVerb(options, 'worker', duties, telemetry, catchUp.pages);
    } finally {
      await catchUp.close();
    }
  } finally {
    await telemetry.close();
  }
}

async function runValidatorVerb(options: NodeVerbOptions): Promise<void> {
  const telemetry = await openTelemetry(options, 'validator');
  try {
    await runNodeVerb(options, 'validator', new ValidatorDuties(), telemetry);
  } finally {
    await telemetry.close();
  }
}

async function runNodeVerb(
  options: NodeVerbOptions,
  role: Registration['role'],
  duties: Duties,
  telemetry: Telemetry,
  pages: PageFetcher | null = null,
): Promise<void> {
  const registration = registrationOf(options, role);
  const lane = await openLane(options);
  try {
    const more = {
      pages,
      telemetry,
      say: telemetry.say,
      ...(registration === null ? {} : { registration }),
      ...(options.drain === true ? { drain: finishSignal() } : {}),
    };
    await runNodeHere(options, lane, duties, more, stopSignal());
  } finally {
    await lane.close();
  }
}

type NodeExtras = Pick<NodeOptions, 'pages' | 'say' | 'registration' | 'observe' | 'drain'> & {
  readonly telemetry?: Telemetry;
};

/** A node on the ledger at `--log` with the key at `--key`, until aborted. */
export async function runNodeHere(
  options: WaitOptions & SnapshotOptions & { readonly key: string },
  lane: ComputeLane,
  duties: Duties,
  { telemetry, ...more }: NodeExtras,
  signal: AbortSignal,
): Promise<void> {
  const key = readKey(options.key);
  const tracer = telemetry?.tracer ?? null;
  const waiting = more.drain === undefined ? signal : AbortSignal.any([signal, more.drain]);
  const opened = await openWhenThere(options, telemetry ?? more, waiting);
  if (opened === null) return;
  const parts = tracedParts(opened, tracer);
  try {
    const io = { ...parts, clock: systemClock, entropy: systemEntropy };
    const snapshots = snapshotsOf(options, key.actor, more.say);
    const watched = { key: key.actor, drain: more.drain };
    const watch =
      telemetry === undefined
        ? {}
        : { watch: nodeWatch(telemetry, telemetry.watchLog(parts.log), watched) };
    const own = {
      ...io,
      key,
      lane: tracedOr(lane, tracer),
      software: SOFTWARE,
      snapshots,
      ...watch,
      ...more,
    };
    await runNode(own, duties, signal);
  } finally {
    await parts.close();
  }
}

/** Null: the operator admits this node. */
function registrationOf(
  { recovery, name, invitation, threads }: NodeVerbOptions,
  role: Registration['role'],
): Registration | null {
  if (recovery === undefined) return null;
  if (name === undefined) throw new Exit(EXIT.usage, '--recovery needs a --name to register under');
  return {
    role,
    name,
    recovery: consentIn('--recovery', recovery),
    build: buildDigest(),
    invitation: invitation ?? null,
    machine: machineOf(threads),
  };
}

/** What a node says of the machine that it runs on. */
export const machineOf = (threads: string): Machine => ({
  threads: wholeNumber('--threads', threads, 1, THREADS_MAX),
  memoryBytes: totalmem(),
});

export async function openLane(options: {
  readonly backend: string;
  readonly threads: string;
}): Promise<ComputeLane> {
  const { backend } = options;
  const threads = wholeNumber('--threads', options.threads, 1, THREADS_MAX);
  if (!BACKENDS.includes(backend)) throw new Exit(EXIT.usage, `--backend: no "${backend}"`);
  try {
    return await ThreadLane.open(backend as BackendName, threads);
  } catch (error) {
    if (error instanceof ComputeError) throw new Exit(EXIT.failed, error.message);
    throw error;
  }
}
