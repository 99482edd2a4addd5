/**
 * `daybook demo`: one honest multi-party training run from start to audited payout, with a cheat who
 * is caught and a death that is survived. `daybook up` starts the same roles and stays up.
 */
import { existsSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { Option } from 'commander';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import type { Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { exportRecording } from '../../roles/export.ts';
import type { Observer } from '../../roles/follower.ts';
import { copyArtifacts } from '../ledger/copy-artifacts.ts';
import { withoutSettings } from '../context/settings.ts';
import { Crew } from './crew.ts';
import { demoFolder } from './demo-folder.ts';
import { demoPlan, demoPolicy, demoRecipe, RUN } from './demo-plan.ts';
import type { Launch, Launched } from './launch.ts';
import { launch } from './launch.ts';
import { narrate } from './narrate.ts';
import type { PlanOptions } from './plan-options.ts';
import { shapeOf, withPlan } from './plan-options.ts';
import { contributorsTable, lossCurve } from './summary.ts';
import { CHEAT, Trouble } from './trouble.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { ledgerName } from '../ledger/ledger-options.ts';
import { colour } from '../terminal/output.ts';
import { writeRecording } from '../ledger/recording-files.ts';
import { staysUp, stopSignal } from '../terminal/stop-signal.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface DemoOptions extends PlanOptions {
  readonly log?: string;
  readonly ledger?: string;
  readonly dir?: string;
  readonly backend: string;
  readonly threads: string;
  readonly port: string;
  readonly liveness: 'protocol' | 'brisk';
  readonly trouble: boolean;
  readonly open?: boolean;
}

const UP_FOLDER = 'up.daybook';
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export function registerDemo(program: Command): void {
  runOptions(
    program.command('demo').description('train, catch a cheat, survive a death, pay, audit'),
    'demo-<seed>.daybook, or the next free demo-<seed>-N.daybook',
  )
    .option('--no-trouble', 'nobody cheats and nobody dies')
    .action(runDemo);
  runOptions(
    program.command('up').description('start authority, workers, validators, explorer; stay up'),
    UP_FOLDER,
  )
    .option('--open', 'others may come in with stake: daybook join')
    .action((options: DemoOptions) => runUp({ ...options, trouble: false }));
}

const runOptions = (command: Command, folder: string): Command =>
  withPlan(staysUp(command))
    .option('--log <url>', 'ledger to use: file:<folder> or nats://host:port; default: embedded')
    .option('--ledger <name>', 'name of the ledger')
    .option('--dir <folder>', `keys, logs and recording; unless said, ${folder}`)
    .option('--backend <name>', 'kernels of the workers; validators are always exact', 'exact')
    .option('--threads <count>', 'threads of the kernels; never changes a bit', '1')
    .option('--port <number>', 'port of the explorer; 0 picks a free one', '0')
    .addOption(
      new Option('--liveness <pace>', 'heartbeats and leases as in the protocol, or a third of it')
        .choices(['brisk', 'protocol'])
        .default('brisk'),
    );

const startedMs = Date.now();
const say = (line: string): void => {
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`${colour.dim(seconds)}  ${line}\n`);
};

async function runDemo(options: DemoOptions): Promise<void> {
  const plan = launchOf(options);
  const stop = new AbortController();
  const crew = crewIn(plan.folder, stop);
  const signal = AbortSignal.any([stopSignal(), stop.signal]);
  try {
    const trouble = options.trouble ? new Trouble(crew, say) : null;
    const running = await launch({ ...plan, observe: teller(trouble) }, crew, signal);
    const { follower } = running;
    const over = follower.until((books) => books.runs[RUN]?.state === 'completed', signal);
    await Promise.race([over, running.following.then(() => over)]);
    trouble?.end();
    const recording = await record(plan, running);
    await crew.stop(['authority', 'explorer']);
    const { books } = follower;
    await running.parts.close();
    summarise(books);
    await auditInAnotherProcess(recording);
    farewell(books, recording, plan);
  } finally {
    stop.abort();
    await crew.stop(['authority', 'explorer']);
  }
}

async function runUp(options: DemoOptions): Promise<void> {
  const plan = launchOf({ ...options, dir: options.dir ?? UP_FOLDER });
  const stop = new AbortController();
  const crew = crewIn(plan.folder, stop);
  try {
    const signal = AbortSignal.any([stopSignal(), stop.signal]);
    const running = await launch({ ...plan, observe: teller(null) }, crew, signal);
    say(`up; explorer at ${running.explorer}; stop with Ctrl-C, start again to go on`);
    await running.following;
    stop.signal.throwIfAborted();
    await running.parts.close();
  } finally {
    await crew.stop(['authority', 'explorer']);
  }
}

const teller =
  (trouble: Trouble | null): Observer =>
  (events, { books }) => {
    for (const event of events) {
      const line = narrate(event, books);
      if (line !== null) say(line);
      trouble?.onEvent(event, books);
    }
  };

const crewIn = (folder: string, stop: AbortController): Crew =>
  new Crew(join(folder, 'logs'), {
    onDeath: (name, how, logFile) => {
      if (!stopSignal().aborted) say(colour.red(`${name} ended (${how}); see ${logFile}`));
    },
    onGiveUp: (name, logFile) =>
      stop.abort(new Exit(EXIT.failed, `${name} keeps ending; its last words are in ${logFile}`)),
  });

function launchOf(options: DemoOptions): Omit<Launch, 'observe'> {
  const shape = shapeOf(options);
  const folder = resolve(options.dir ?? demoFolder(shape.seed, existsSync));
  const url = options.log ?? `file:${join(folder, 'ledger')}`;
  // A server may hold ledgers of earlier demos; a folder is this demo's own.
  const name =
    options.ledger ?? (options.log === undefined ? 'demo' : `demo-${startedMs.toString(36)}`);
  say(`ledger ${name} at ${url}`);
  return {
    folder,
    url,
    ledger: ledgerName(name),
    plan: demoPlan(shape),
    recipe: demoRecipe(shape.size),
    policy: {
      ...demoPolicy(options.liveness, shape.windows),
      ...(options.open === true ? { registry: seedNetworkPolicy.registry } : {}),
    },
    workers: 4,
    validators: 3,
    backend: options.backend,
    threads: wholeNumber('--threads', options.threads, 1, 64),
    explorerPort: wholeNumber('--port', options.port, 0, 65_535),
    extra: options.trouble ? { [CHEAT]: ['--rehearse', 'altered-delta@1'] } : {},
    say,
  };
}

interface RecordedFiles {
  readonly base: string;
  readonly artifacts: string;
}

async function record(
  { folder, ledger }: Pick<Launch, 'folder' | 'ledger'>,
  { parts }: Launched,
): Promise<RecordedFiles> {
  const base = join(folder, 'recording', ledger);
  const artifacts = join(folder, 'recording', 'artifacts');
  const recording = await exportRecording(parts);
  writeRecording(base, recording);
  const copied = await copyArtifacts(parts.artifacts, artifacts);
  const kilobytes = Math.round(statSync(`${base}.ndjson`).size / 1000);
  const megabytes = Math.round(copied.bytes / 1e6);
  say(
    `recorded ${recording.size} entries (${kilobytes} kB) and ${copied.count} artifacts (${megabytes} MB)`,
  );
  return { base, artifacts };
}

function summarise(books: Books): void {
  process.stdout.write(`\n${contributorsTable(books)}\n\n`);
  process.stdout.write(`held-out loss, nats a token\n${lossCurve(books, RUN)}\n\n`);
}

/** A process of its own, and only files: it shares nothing with the run. */
async function auditInAnotherProcess({ base, artifacts }: RecordedFiles): Promise<void> {
  const args = ['audit', `${fromHere(base)}.ndjson`, '--artifacts', fromHere(artifacts)];
  process.stdout.write(`${colour.bold(`npm run daybook -- ${args.join(' ')}`)}\n`);
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: 'inherit',
    env: withoutSettings(process.env),
  });
  const code = await new Promise<number | null>((done) => {
    child.once('exit', done);
  });
  if (code !== 0) throw new Exit(code ?? EXIT.failed, 'the audit of the run failed');
}

const fromHere = (path: string): string => relative(process.cwd(), path);

function farewell(
  books: Books,
  { base }: RecordedFiles,
  { url, ledger }: Pick<Launch, 'url' | 'ledger'>,
): void {
  const last = must(books.runs[RUN]?.revisions.at(-1), 'revision');
  process.stdout.write(`\nfinal checkpoint ${colour.bold(last.checkpoint.digest)}\n\n`);
  const verbs = [
    `explain payout worker-1 --recording ${fromHere(base)}.ndjson`,
    `explorer --log ${url} --ledger ${ledger}`,
  ];
  for (const verb of verbs) process.stdout.write(`  npm run daybook -- ${verb}\n`);
}
