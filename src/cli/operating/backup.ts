/**
 * `daybook backup`: a ledger into a folder, whole the first time and what is new later; and whether
 * a backup is whole. `daybook restore` (restore.ts) is the way back.
 */
import type { Command } from 'commander';
import { systemClock } from '../../adapters/system-clock.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { BackupCheck } from '../../roles/backup/check-backup.ts';
import { checkBackup } from '../../roles/backup/check-backup.ts';
import type { BackupTaken } from '../../roles/backup/take-backup.ts';
import { takeBackup } from '../../roles/backup/take-backup.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { openAt, withLedger } from '../ledger/ledger-options.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, grouped, print, printJson, progress, withOutput } from '../terminal/output.ts';

interface TakeOptions extends LedgerOptions, OutputOptions {
  /** False after `--no-head`. */
  readonly head: boolean;
}

export function registerBackup(program: Command): void {
  const backup = program.command('backup').description('keep a ledger in a folder, and check it');
  const take = backup
    .command('take', { isDefault: true })
    .description('copy what the folder has not yet: commits, a signed head, artifacts');
  withOutput(withLedger(take), 'table', 'json')
    .argument('<folder>', 'where to; one folder is for one ledger')
    .option('--no-head', 'do not ask the authority for a signed head: nobody serves')
    .action(runTake);
  withOutput(
    backup.command('verify').description('is a backup whole: digests, tree, signed head'),
    'table',
    'json',
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
    if (options.output === 'json') printJson(summaryOf(folder, taken));
    else print(takenText(folder, taken));
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

const summaryOf = (folder: string, { manifest, entries, artifacts }: BackupTaken) => ({
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

/** Prints each check as it is made; false when one failed. */
export async function printChecks(folder: string, options: OutputOptions): Promise<BackupCheck[]> {
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
  `${MARKS[status]}  ${check.padEnd(12)}  ${detail}`;

/** @throws Exit mismatch */
export function mustBeWhole(folder: string, checks: readonly BackupCheck[]): void {
  const bad = checks.find(({ status }) => status === 'failed');
  if (bad !== undefined)
    throw new Exit(EXIT.mismatch, `${folder} is no whole backup: ${bad.check}: ${bad.detail}`);
}

async function runVerify(folder: string, options: OutputOptions): Promise<void> {
  const checks = await printChecks(folder, options);
  if (options.output === 'json')
    printJson({ whole: checks.every(({ status }) => status !== 'failed'), checks });
  mustBeWhole(folder, checks);
}
