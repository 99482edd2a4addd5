/**
 * `daybook backup`: a ledger into a folder, whole the first time and what is new later; and whether
 * a backup is whole. `daybook restore` (restore.ts) is the way back.
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../../adapters/system-clock.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { BackupCheck } from '../../roles/backup/check-backup.ts';
import { checkBackup } from '../../roles/backup/check-backup.ts';
import type { BackupTaken } from '../../roles/backup/take-backup.ts';
import { takeBackup } from '../../roles/backup/take-backup.ts';
import { digest } from '../../events/codecs.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { boolean, count, many, members, orNull, string, words } from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import {
  column,
  csvOf,
  oneOutput,
  printLine,
  tell,
  withOutput,
} from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { openAt, withLedger } from '../ledger/ledger-options.ts';
import { hanging } from '../terminal/layout.ts';
import { fileBytes } from '../terminal/named-files.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { grouped } from '../../roles/figures.ts';
import { colour, print, printJson, progress } from '../terminal/output.ts';

interface TakeOptions extends LedgerOptions, OutputOptions {
  /** False after `--no-head`. */
  readonly head: boolean;
}

interface TakenSummary {
  readonly folder: string;
  readonly ledger: string;
  readonly size: number;
  readonly root: string;
  readonly signed: boolean;
  readonly artifacts: BackupTaken['manifest']['artifacts'];
  readonly added: { readonly entries: number; readonly artifacts: number };
  readonly takenAt: string;
}

const takenShape: Shape<TakenSummary> = members({
  folder: string,
  ledger: string,
  size: count,
  root: string,
  signed: boolean,
  artifacts: orNull(members({ count, bytes: count, list: digest })),
  added: members({ entries: count, artifacts: count }),
  takenAt: string,
});

const takenOutput = oneOutput('What a backup holds, and what was added.', takenShape, [
  column<TakenSummary>('ledger', ({ ledger }) => ledger),
  column<TakenSummary>('entries', ({ size }) => size),
  column<TakenSummary>('new entries', ({ added }) => added.entries),
  column<TakenSummary>('new artifacts', ({ added }) => added.artifacts),
  column<TakenSummary>('signed', ({ signed }) => signed),
  column<TakenSummary>('root', ({ root }) => root),
]);

interface CheckedBackup {
  readonly whole: boolean;
  readonly checks: readonly BackupCheck[];
}

const backupCheckShape: Shape<BackupCheck> = members({
  check: words('manifest', 'commits', 'tree', 'signed head', 'artifacts'),
  status: words('ok', 'absent', 'failed'),
  detail: string,
});

const checkedShape: Shape<CheckedBackup> = members({
  whole: boolean,
  checks: many(backupCheckShape),
});

const checkedOutput: Output<CheckedBackup, BackupCheck> = {
  doc: 'Whether a backup is whole; a row is a check.',
  shape: checkedShape,
  rowShape: backupCheckShape,
  rows: ({ checks }) => checks,
  columns: [
    column('status', ({ status }) => status),
    column('check', ({ check }) => check),
    column('detail', ({ detail }) => detail),
  ],
};

export function registerBackup(program: Command): void {
  const backup = program.command('backup').description('keep a ledger in a folder, and check it');
  const take = backup
    .command('take', { isDefault: true })
    .description('copy what the folder has not yet: commits, a signed head, artifacts');
  withOutput(withLedger(take), takenOutput)
    .argument('<folder>', 'where to; one folder is for one ledger')
    .option('--no-head', 'do not ask the authority for a signed head: nobody serves')
    .action(runTake);
  withOutput(
    backup
      .command('verify')
      .description('check that a backup is whole: digests, tree, signed head'),
    checkedOutput,
  )
    .argument('<folder>', 'of the backup')
    .action(runVerify);
}

async function runTake(folder: string, options: TakeOptions): Promise<void> {
  const parts = await openAt(options, { create: false });
  const bar = progress(options.quiet);
  try {
    const { log, artifacts, channel } = parts;
    const asked = options.head ? channel : null;
    const onProgress = bar.show;
    const nowMs = systemClock.nowMs;
    const taken = await takeBackup({ log, artifacts, channel: asked, folder, nowMs, onProgress });
    bar.clear();
    tell(takenOutput, summaryOf(folder, taken), options, () => print(takenText(folder, taken)));
  } catch (error) {
    bar.clear();
    const unanswered =
      error instanceof Fault && ['request_timeout', 'channel_unavailable'].includes(error.code);
    if (!unanswered) throw error;
    throw new Exit(EXIT.failed, `${error.code}: ${error.message} Without an authority: --no-head`);
  } finally {
    await parts.close();
  }
}

const summaryOf = (
  folder: string,
  { manifest, entries, artifacts }: BackupTaken,
): TakenSummary => ({
  folder,
  ledger: manifest.ledger,
  size: manifest.size,
  root: manifest.root,
  signed: manifest.head !== null,
  artifacts: manifest.artifacts,
  added: { entries, artifacts },
  takenAt: manifest.takenAt,
});

const takenText = (folder: string, { manifest, entries, artifacts }: BackupTaken): string =>
  `${folder}: ${grouped(manifest.size)} entries (${grouped(entries)} new), ` +
  `${grouped(manifest.artifacts?.count ?? 0)} artifacts (${grouped(artifacts)} new), ` +
  (manifest.head === null ? colour.yellow('no signed head') : 'signed head');

/** Prints each check as it is made. @throws Exit file_unreadable, where there is no backup */
export async function printChecks(folder: string, options: OutputOptions): Promise<BackupCheck[]> {
  fileBytes(join(folder, 'manifest.json'));
  const bar = progress(options.quiet);
  const checks: BackupCheck[] = [];
  for await (const check of checkBackup(folder, bar.show)) {
    bar.clear();
    checks.push(check);
    if (options.output === 'table' && options.quiet !== true) print(checkText(check));
  }
  return checks;
}

const MARKS = {
  ok: colour.green('ok  '),
  absent: colour.yellow('none'),
  failed: colour.red('FAIL'),
};

export const checkText = ({ check, status, detail }: BackupCheck): string =>
  hanging(`${MARKS[status]}  ${check.padEnd(12)}  `, detail);

/** @throws Exit mismatch */
export function mustBeWhole(folder: string, checks: readonly BackupCheck[]): void {
  const bad = checks.find(({ status }) => status === 'failed');
  if (bad !== undefined)
    throw new Exit(EXIT.mismatch, `${folder} is no whole backup: ${bad.check}: ${bad.detail}`);
}

async function runVerify(folder: string, options: OutputOptions): Promise<void> {
  const checks = await printChecks(folder, options);
  const whole = checks.every(({ status }) => status !== 'failed');
  if (options.output === 'json') printJson({ whole, checks } satisfies CheckedBackup);
  if (options.output === 'jsonl') for (const check of checks) printLine(check);
  if (options.output === 'csv') process.stdout.write(csvOf(checkedOutput, checks));
  mustBeWhole(folder, checks);
}
