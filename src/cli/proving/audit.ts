/**
 * `daybook audit`: rebuild everything from a recording and the artifacts, sharing nothing with the
 * run. Lists each check; exits 3 when one fails, naming the first bad sequence.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import { openArtifactFolder } from '../../adapters/embedded/artifacts.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import type { AuditReport } from '../../roles/audit/audit.ts';
import { audit } from '../../roles/audit/audit.ts';
import type { Check } from '../../roles/audit/check.ts';
import { auditReport } from '../../roles/audit/report.ts';
import { WeightsAudit } from '../../roles/audit/weights.ts';
import type { Quorum } from '../../roles/proofs/quorum.ts';
import { checkQuorum } from '../../roles/proofs/quorum.ts';
import type { ComputeLane } from '../../roles/compute-lane.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { colour, progress } from '../terminal/output.ts';
import type { RecordingFiles } from '../ledger/recording-files.ts';
import { readRecording } from '../ledger/recording-files.ts';
import { checkRemembered } from '../ledger/remembered-head.ts';
import { openLane } from '../running/role-verbs.ts';
import type { QuorumOptions } from './witness-options.ts';
import { quorumOf, withQuorum } from './witness-options.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface AuditOptions extends QuorumOptions {
  readonly artifacts?: string;
  readonly key?: string;
  readonly backend: string;
  readonly threads: string;
  readonly lanes?: string;
  readonly remember?: string;
  readonly report?: string;
  readonly output: string;
}

export function registerAudit(program: Command): void {
  withQuorum(
    program
      .command('audit')
      .description('rebuild books and weights from a recording, and say what holds'),
  )
    .argument('<recording>', 'path of the recording, with or without .ndjson')
    .option('--artifacts <folder>', 'folder of the artifacts; without it the weights are skipped')
    .option('--key <verifier>', 'verifier key to trust; default: the one the ledger names')
    .option('--backend <name>', 'kernels to recompute with', 'exact')
    .option('--threads <count>', 'threads of the kernels; never changes a bit', '1')
    .option('--lanes <count>', 'recomputations side by side; default: one a core')
    .option('--remember <file>', 'keep the head seen; the next audit must have grown from it')
    .option('--report <file>', 'write what was found as a Markdown document')
    .option('-o, --output <format>', 'table or json', 'table')
    .action(runAudit);
}

async function runAudit(recording: string, options: AuditOptions): Promise<void> {
  const files = readRecording(recording);
  const json = options.output === 'json';
  if (!json && options.output !== 'table') throw new Exit(EXIT.usage, '--output: table or json');
  const quorum = quorumOf(options);
  const lanes = options.artifacts === undefined ? [] : await openLanes(options);
  const bar = progress();
  const startedMs = systemClock.nowMs();
  try {
    const audited = await audit({
      ...files,
      verifierKey: options.key ?? null,
      weights: await weightsOf(options.artifacts, lanes),
      threads: availableParallelism(),
      nowMs: systemClock.nowMs,
      onCheck: (check) => {
        bar.clear();
        if (!json) process.stdout.write(`${line(check)}\n`);
      },
      onProgress: bar.show,
    });
    bar.clear();
    const witnessed = quorum === null ? audited : withWitnessed(audited, files, quorum, options);
    const report = withRemembered(witnessed, files, options);
    if (options.report !== undefined)
      writeFileSync(options.report, auditReport(files.ndjson, files.checkpoint, report));
    if (json) process.stdout.write(`${JSON.stringify(report.checks)}\n`);
    conclude(report, systemClock.nowMs() - startedMs, json);
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}

function withRemembered(
  report: AuditReport,
  files: RecordingFiles,
  { remember, output }: AuditOptions,
): AuditReport {
  if (remember === undefined) return report;
  const check = checkRemembered(remember, files, report, systemClock.nowMs);
  if (output !== 'json') process.stdout.write(`${line(check)}\n`);
  return { ...report, checks: [...report.checks, check], ok: report.ok && check.status === 'ok' };
}

function withWitnessed(
  report: AuditReport,
  { checkpoint }: RecordingFiles,
  quorum: Quorum,
  { output }: AuditOptions,
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
  if (output !== 'json') process.stdout.write(`${line(check)}\n`);
  return { ...report, checks: [...report.checks, check], ok: report.ok && check.status === 'ok' };
}

async function openLanes(options: AuditOptions): Promise<ComputeLane[]> {
  const count = wholeNumber('--lanes', options.lanes ?? String(availableParallelism()), 1, 64);
  const lanes: ComputeLane[] = [];
  for (let i = 0; i < count; i += 1) lanes.push(await openLane(options));
  return lanes;
}

async function weightsOf(
  folder: string | undefined,
  lanes: readonly ComputeLane[],
): Promise<WeightsAudit | null> {
  if (folder === undefined) return null;
  if (!existsSync(folder)) throw new Exit(EXIT.usage, `no folder ${folder}`);
  return new WeightsAudit(await openArtifactFolder(folder), lanes);
}

function line({ name, status, detail, sequence, elapsedMs }: Check): string {
  const mark = {
    ok: colour.green('ok     '),
    failed: colour.red('FAILED '),
    skipped: colour.dim('skipped'),
  };
  const where = sequence === null ? '' : ` (first bad sequence ${sequence})`;
  const seconds = colour.dim(`${(elapsedMs / 1000).toFixed(1)} s`);
  return `${mark[status]} ${name.padEnd(21)} ${detail}${where}  ${seconds}`;
}

function conclude({ checks, ok }: AuditReport, elapsedMs: number, json: boolean): void {
  const failed = checks.filter((check) => check.status === 'failed').length;
  const skipped = checks.filter((check) => check.status === 'skipped').length;
  const counts = `${checks.length - failed - skipped} checks hold, ${failed} fail, ${skipped} skipped`;
  if (!json) process.stdout.write(`${counts}, in ${(elapsedMs / 1000).toFixed(1)} s\n`);
  if (!ok) throw new Exit(EXIT.mismatch, json ? '' : 'the recording does not hold');
}
