/**
 * `daybook join`: from nothing to the first accepted work in one verb. Keys, then everything that can
 * be known before anything is sent, then the registration, then the node itself; what each part does
 * is where the other verbs have it.
 */
import { join as pathJoin } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { slug } from '../../events/codecs.ts';
import { consentOf } from '../../events/key-consent.ts';
import type { Books } from '../../projections/books.ts';
import { identityOf } from '../../projections/identities.ts';
import type { ComputeLane } from '../../roles/compute-lane.ts';
import type { Registration } from '../../roles/enrolment.ts';
import { isRegistered } from '../../roles/enrolment.ts';
import { ValidatorDuties } from '../../roles/validator.ts';
import { WorkerDuties } from '../../roles/worker.ts';
import { openCatchUp } from '../ledger/catch-up-options.ts';
import { confirmed } from '../terminal/confirm.ts';
import { booksHere } from '../ledger/decide-here.ts';
import { fail, ok, warn } from '../doctor/finding.ts';
import type { DoctorFinding } from '../doctor/finding.ts';
import { printLine, tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { ROLES } from '../parties/identity.ts';
import type { HeldKey } from './keys.ts';
import { heldKey } from './keys.ts';
import type { Reached } from './milestones.ts';
import { Milestones } from './milestones.ts';
import { machineFindings, reachFindings, termsFindings } from './preflight.ts';
import type { Preflight } from './report.ts';
import { preflight, Report } from './report.ts';
import type { Stake, Standing } from './standing.ts';
import { depositCommand, stakeOf, standingOf } from './standing.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { ledgerName, withLedger } from '../ledger/ledger-options.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, print } from '../terminal/output.ts';
import { money } from '../../roles/explain/money.ts';
import { BACKENDS, DRAIN, machineOf, openLane, runNodeHere } from '../running/role-verbs.ts';
import { openTelemetry, withTelemetry } from '../running/telemetry-options.ts';
import type { Telemetry, TelemetryOptions } from '../running/telemetry-options.ts';
import { buildDigest } from '../terminal/software.ts';
import { finishSignal, staysUp, stopSignal } from '../terminal/stop-signal.ts';

interface JoinOptions extends LedgerOptions, OutputOptions, TelemetryOptions {
  readonly role: Registration['role'];
  readonly name: string;
  readonly dir?: string;
  readonly key?: string;
  readonly recovery?: string;
  readonly invitation?: string;
  readonly drain?: boolean;
  readonly backend: string;
  readonly threads: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly untilFirst?: boolean;
}

export function registerJoin(program: Command): void {
  const verb = staysUp(program.command('join')).description(
    'take part: keys, checks, registration, work up to the first credit and on',
  );
  withTelemetry(withOutput(withLedger(verb), preflight))
    .addOption(new Option('--role <role>', 'what to do').choices(ROLES).makeOptionMandatory())
    .requiredOption('--name <name>', 'to register under')
    .option('--dir <folder>', 'keys, snapshots and states; default: ./<name>.node')
    .option('--key <file>', 'seed of the node; default: node.nk in the folder')
    .option('--recovery <file>', 'seed that can replace it; default: recovery.nk in the folder')
    .option('--invitation <name>', 'to register with')
    .option('--backend <name>', `kernels: ${BACKENDS.join(', ')}`, 'exact')
    .option('--threads <count>', 'threads of the kernels; never changes a bit', '1')
    .option('--dry-run', 'make keys, check everything, send nothing')
    .option('--yes', 'register without asking')
    .option('--drain', DRAIN)
    .option('--until-first', 'end after the first window with accepted work; else stay')
    .action(join);
}

async function join(options: JoinOptions): Promise<void> {
  const { name } = options;
  ledgerName(options.ledger);
  if (!slug.is(name)) throw new Exit(EXIT.usage, `--name: "${name}" is no ${slug.name}`);
  const folder = options.dir ?? `${name}.node`;
  const report = new Report(options);
  const held = heldKey(options.key ?? pathJoin(folder, 'node.nk'));
  report.heading('keys');
  report.line(keyText('key', held, 'signs all that the node says; keep it secret, keep a copy'));
  const lane = await openLane(options);
  try {
    report.heading('machine');
    await report.addAll(machineFindings(folder, lane));
    report.heading('ledger');
    await report.addAll(reachFindings(options));
    if (report.problems.length > 0) throw notReady(report, held, options);
    const books = await booksHere(options);
    await report.addAll(termsFindings(books, options.role, lane, folder));
    if (books.policy === null) throw notReady(report, held, options);
    const registration = registrationIn(books, held, folder, options, report);
    report.heading('registration');
    const standing = standingOf(books, held.key, options.role, name, registration, options);
    report.add(standingFinding(standing));
    const stake = standing.status === 'refused' ? null : stakeOf(books, held.key, options.role);
    if (stake !== null && stake.least > 0n)
      report.add(stakeFinding(stake, identityOf(books, held.key.actor), options));
    if (report.problems.length > 0) throw notReady(report, held, options);
    tell(preflight, summary(report, held), options, () => undefined);
    if (options.dryRun === true) return report.line('\nready; nothing was sent');
    if (standing.status === 'would_be_recorded' && options.yes !== true) {
      const question = `Register ${held.key.actor} as ${options.role} ${name}, for good?`;
      if (!(await confirmed(question, 'yes'))) throw new Exit(EXIT.failed, 'nothing was sent');
    }
    report.heading('work');
    await work(options, folder, held, lane, registration);
  } finally {
    await lane.close();
  }
}

function keyText(what: string, { key, file, isNew }: HeldKey, use: string): string {
  const made = isNew ? colour.green('made') : colour.dim('kept');
  return `${made}  ${what.padEnd(14)}  ${file}: ${use}\n${' '.repeat(22)}${key.actor}`;
}

/** Null without a registry. Once it is registered the recovery key need not be here. */
function registrationIn(
  books: Books,
  { key }: HeldKey,
  folder: string,
  { role, name, recovery, invitation, threads }: JoinOptions,
  report: Report,
): Registration | null {
  if (books.policy?.registry === undefined) return null;
  const machine = machineOf(threads);
  const told = { role, name, build: buildDigest(), invitation: invitation ?? null, machine };
  if (isRegistered(books, key.actor)) return { ...told, recovery: null };
  const safe = heldKey(recovery ?? pathJoin(folder, 'recovery.nk'));
  report.heading('recovery key');
  report.line(keyText('recovery', safe, 'alone can replace the key; move it off this machine'));
  const { ledger, nonce } = books.ledger;
  const place = { ledger, ...(nonce === undefined ? {} : { nonce }) };
  const consent = consentOf(safe.key, place, key.actor, 'recovery');
  return { ...told, recovery: { key: safe.key.actor, consent } };
}

function standingFinding(standing: Standing): DoctorFinding {
  switch (standing.status) {
    case 'registered':
    case 'admitted':
      return ok('registration', `${standing.status} already`);
    case 'would_be_recorded':
      return ok('registration', `would be recorded, not before #${standing.sequence}`);
    case 'refused': {
      const { code, message, advice, operator } = standing;
      const remedy = operator === null ? advice : `the operator runs: ${operator}`;
      return fail('registration', `${code}: ${message}`, remedy);
    }
  }
}

/** Missing stake keeps nobody from registering: the money may come later. */
function stakeFinding(stake: Stake, who: string, options: JoinOptions): DoctorFinding {
  const { least, escrow, wallet, missing } = stake;
  const has = `${money(escrow)} in escrow, ${money(wallet)} in the wallet, ${money(least)} asked`;
  if (missing === 0n) return ok('stake', has);
  const say = options.dryRun === true ? fail : warn;
  const advice = `pay it in; the operator then runs: ${depositCommand(who, missing, options)}`;
  return say('stake', `stake_missing: ${money(missing)}; ${has}`, advice);
}

function summary(report: Report, { key, file }: HeldKey): Preflight {
  const { findings, problems } = report;
  return { participant: key.actor, file, ready: problems.length === 0, problems, findings };
}

function notReady(report: Report, held: HeldKey, options: OutputOptions): Exit {
  tell(preflight, summary(report, held), options, () => undefined);
  const { problems } = report;
  const code = problems.includes('permission_denied') ? EXIT.notAuthorised : EXIT.failed;
  return new Exit(code, `not ready, nothing was sent: ${problems.join(', ')}`);
}

async function work(
  options: JoinOptions,
  folder: string,
  held: HeldKey,
  lane: ComputeLane,
  registration: Registration | null,
): Promise<void> {
  const quiet = options.quiet === true ? { logLevel: 'error' as const } : {};
  const telemetry = await openTelemetry({ ...options, ...quiet }, options.role);
  try {
    await workWatched(options, folder, held, lane, registration, telemetry);
  } finally {
    await telemetry.close();
  }
}

async function workWatched(
  options: JoinOptions,
  folder: string,
  { key, file }: HeldKey,
  lane: ComputeLane,
  registration: Registration | null,
  telemetry: Telemetry,
): Promise<void> {
  const { say } = telemetry;
  const done = new AbortController();
  const startedMs = performance.now();
  const milestones = new Milestones(key.actor, (reached) => {
    if (options.output !== 'table') printLine(reached);
    else print(milestoneText(reached, performance.now() - startedMs));
  });
  const keeping = {
    catchUp: 'overlapped',
    states: pathJoin(folder, 'states'),
    peer: [],
    serveHost: '127.0.0.1',
  } as const;
  const catchUp = await openCatchUp(keeping, say, telemetry.tracer);
  try {
    const duties =
      options.role === 'worker'
        ? new WorkerDuties(undefined, catchUp.options)
        : new ValidatorDuties();
    await runNodeHere(
      { ...options, key: file, snapshots: pathJoin(folder, 'snapshots') },
      lane,
      duties,
      {
        pages: catchUp.pages,
        telemetry,
        say,
        observe: (events, { books }) => {
          milestones.see(events, books);
          if (options.untilFirst === true && milestones.isOver) done.abort();
        },
        ...(registration === null ? {} : { registration }),
        ...(options.drain === true ? { drain: finishSignal() } : {}),
      },
      AbortSignal.any([stopSignal(), done.signal]),
    );
    if (done.signal.aborted && options.output === 'table')
      print(colour.green('\nthe first window is behind it; run the same again to go on'));
  } finally {
    await catchUp.close();
  }
}

function milestoneText({ milestone, sequence, detail }: Reached, elapsedMs: number): string {
  const seconds = `${(elapsedMs / 1000).toFixed(1)} s`.padStart(8);
  const name = (milestone === 'rejected' ? colour.red : colour.green)(milestone.padEnd(14));
  return `${colour.dim(seconds)}  ${name}  ${detail} ${colour.dim(`#${sequence}`)}`;
}
