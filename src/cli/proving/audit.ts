/**
 * `daybook audit`: rebuild everything from a recording and the artifacts, sharing nothing with the
 * run. Lists each check; exits 3 when one fails, naming the first bad sequence.
 */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import { openArtifactFolder } from '../../adapters/embedded/artifacts.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import type { AuditReport } from '../../roles/audit/audit.ts';
import { audit } from '../../roles/audit/audit.ts';
import type { Check } from '../../roles/audit/check.ts';
import type { Recorded } from '../../roles/audit/recorded-lines.ts';
import { auditReport } from '../../roles/audit/report.ts';
import { WeightsAudit } from '../../roles/audit/weights.ts';
import type { Quorum } from '../../roles/proofs/quorum.ts';
import { checkQuorum } from '../../roles/proofs/quorum.ts';
import type { ComputeLane } from '../../roles/compute-lane.ts';
import { withHead, withVerifier } from '../context/setting-option.ts';
import { mustBeTrustedFor, originOf } from '../context/trusted-for.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { count, members, orNull, string, words, shape } from '../../explorer/api/shape.ts';
import {
  column,
  csvHead,
  csvRow,
  listOutput,
  printLine,
  withOutput,
} from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { hanging } from '../terminal/layout.ts';
import { mustBeFolder, mustBeWritable, writeNamed } from '../terminal/named-files.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, print, printJson, progress } from '../terminal/output.ts';
import { openEntries } from '../ledger/recorded-file.ts';
import type { BesideEntries } from '../ledger/recording-files.ts';
import { readBeside } from '../ledger/recording-files.ts';
import { checkRemembered } from '../ledger/remembered-head.ts';
import { openLane } from '../running/role-verbs.ts';
import type { QuorumOptions } from './witness-options.ts';
import { quorumOf, withQuorum } from './witness-options.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface AuditOptions extends QuorumOptions, OutputOptions {
  readonly artifacts?: string;
  readonly key?: string;
  readonly backend: string;
  readonly threads: string;
  readonly lanes?: string;
  readonly remember?: string;
  readonly report?: string;
}

const checkShape: Shape<Check> = members({
  name: string,
  status: words('ok', 'failed', 'skipped'),
  detail: string,
  sequence: orNull(count),
  elapsedMs: shape<number>({ type: 'number', minimum: 0 }),
});

const checksOutput = listOutput<Check>(
  'Each check: how it came out, and the first entry where it fails, where one can be named.',
  checkShape,
  [
    column('status', ({ status }) => status),
    column('check', ({ name }) => name),
    column('detail', ({ detail }) => detail),
    column('first bad sequence', ({ sequence }) => sequence),
    column('seconds', ({ elapsedMs }) => (elapsedMs / 1000).toFixed(1)),
  ],
);

/** As they are made; JSON has an end. */
function tellCheck(check: Check, { output }: OutputOptions): void {
  if (output === 'table') print(line(check));
  else if (output === 'jsonl') printLine(check);
  else if (output === 'csv') process.stdout.write(csvRow(checksOutput, check));
}

export function registerAudit(program: Command): void {
  const verb = program
    .command('audit')
    .description('rebuild books and weights from a recording, and say what holds');
  withHead(
    withVerifier(
      withQuorum(withOutput(verb, checksOutput)),
      'verifier key to trust; default: the one the ledger names',
    ),
    'keep the head seen; the next audit must have grown from it',
  )
    .argument('<recording>', 'path of the recording, with or without .ndjson')
    .option('--artifacts <folder>', 'folder of the artifacts; without it the weights are skipped')
    .option('--backend <name>', 'kernels to recompute with', 'exact')
    .option('--threads <count>', 'threads of the kernels; never changes a bit', '1')
    .option('--lanes <count>', 'recomputations side by side; default: one a core')
    .option('--report <file>', 'write what was found as a Markdown document')
    .action(runAudit);
}

async function runAudit(recording: string, options: AuditOptions, command: Command): Promise<void> {
  const ndjson = openEntries(recording);
  const files = readBeside(recording);
  mustBeTrustedFor(command, originOf(files.checkpoint));
  const quorum = quorumOf(options);
  if (options.report !== undefined) mustBeWritable(options.report);
  const lanes = options.artifacts === undefined ? [] : await openLanes(options);
  const bar = progress(options.quiet);
  if (options.output === 'csv') process.stdout.write(csvHead(checksOutput));
  const startedMs = systemClock.nowMs();
  try {
    const audited = await audit({
      ...files,
      ndjson,
      verifierKey: options.key ?? null,
      weights: await weightsOf(options.artifacts, lanes),
      threads: availableParallelism(),
      nowMs: systemClock.nowMs,
      onCheck: (check) => {
        bar.clear();
        tellCheck(check, options);
      },
      onProgress: bar.show,
    });
    bar.clear();
    const witnessed = quorum === null ? audited : withWitnessed(audited, files, quorum, options);
    const { checkpoint } = files;
    const report = await withRemembered(witnessed, { ndjson, checkpoint }, options);
    if (options.report !== undefined)
      writeNamed(options.report, await auditReport(ndjson, checkpoint, report));
    if (options.output === 'json') printJson(report.checks);
    conclude(report, systemClock.nowMs() - startedMs, options);
  } finally {
    ndjson.close();
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}

async function withRemembered(
  report: AuditReport,
  recording: { readonly ndjson: Recorded; readonly checkpoint: string },
  options: AuditOptions,
): Promise<AuditReport> {
  const { remember } = options;
  if (remember === undefined) return report;
  const check = await checkRemembered(remember, recording, report, systemClock.nowMs);
  tellCheck(check, options);
  return { ...report, checks: [...report.checks, check], ok: report.ok && check.status === 'ok' };
}

function withWitnessed(
  report: AuditReport,
  { checkpoint }: BesideEntries,
  quorum: Quorum,
  options: AuditOptions,
): AuditReport {
  const startedMs = systemClock.nowMs();
  const cosigned = checkQuorum(checkpoint, quorum);
  const check: Check = {
    name: 'witness cosignatures',
    status: isLeft(cosigned) ? 'failed' : 'ok',
    detail: isLeft(cosigned) ? cosigned.left : cosigned.right,
    sequence: null,
    elapsedMs: systemClock.nowMs() - startedMs,
  };
  tellCheck(check, options);
  return { ...report, checks: [...report.checks, check], ok: report.ok && check.status === 'ok' };
}

async function openLanes(options: AuditOptions): Promise<ComputeLane[]> {
  const wanted = wholeNumber('--lanes', options.lanes ?? String(availableParallelism()), 1, 64);
  const lanes: ComputeLane[] = [];
  for (let i = 0; i < wanted; i += 1) lanes.push(await openLane(options));
  return lanes;
}

async function weightsOf(
  folder: string | undefined,
  lanes: readonly ComputeLane[],
): Promise<WeightsAudit | null> {
  if (folder === undefined) return null;
  mustBeFolder(folder);
  return new WeightsAudit(await openArtifactFolder(folder), lanes);
}

function line({ name, status, detail, sequence, elapsedMs }: Check): string {
  const mark = {
    ok: colour.green('ok     '),
    failed: colour.red('FAILED '),
    skipped: colour.dim('skipped'),
  };
  const where = sequence === null ? '' : ` (first bad sequence ${sequence})`;
  const seconds = colour.dim(`${(elapsedMs / 1000).toFixed(1)} s`.padStart(8));
  return hanging(`${mark[status]} ${name.padEnd(21)} ${seconds}  `, `${detail}${where}`);
}

function conclude({ checks, ok }: AuditReport, elapsedMs: number, { output }: OutputOptions): void {
  const failed = checks.filter((check) => check.status === 'failed').length;
  const skipped = checks.filter((check) => check.status === 'skipped').length;
  const counts = `${checks.length - failed - skipped} checks hold, ${failed} fail, ${skipped} skipped`;
  if (output === 'table') print(`${counts}, in ${(elapsedMs / 1000).toFixed(1)} s`);
  if (!ok) throw new Exit(EXIT.mismatch, 'the recording does not hold');
}
