/**
 * `daybook restore`: a backup into a new server or folder. The backup is checked first; a target
 * that holds a ledger of this name is refused, and what was written is read back.
 */
import type { Command } from 'commander';
import type { OpenLedger } from '../../adapters/open.ts';
import { Fault } from '../../commands/ports/fault.ts';
import { manifestIn } from '../../roles/backup/check-backup.ts';
import type { Manifest } from '../../roles/backup/manifest.ts';
import { restoreBackup } from '../../roles/backup/restore.ts';
import { mustBeWhole, printChecks } from './backup.ts';
import { confirmed } from '../terminal/confirm.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { boolean, count, members, string } from '../../explorer/api/shape.ts';
import { column, oneOutput, tell, withOutput } from '../terminal/declared-output.ts';
import { redacted } from '../../roles/telemetry/redaction.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { openAt } from '../ledger/ledger-options.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { grouped } from '../../roles/figures.ts';
import { print, progress } from '../terminal/output.ts';

interface RestoreOptions extends OutputOptions {
  readonly log: string;
  readonly goOn?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

interface Restored {
  readonly ledger: string;
  readonly size: number;
  readonly root: string;
  readonly log: string;
  readonly restored: boolean;
}

const restoredShape: Shape<Restored> = members({
  ledger: string,
  size: count,
  root: string,
  log: string,
  restored: boolean,
});

const restoredOutput = oneOutput('What was restored, or would be.', restoredShape, [
  column<Restored>('ledger', ({ ledger }) => ledger),
  column<Restored>('entries', ({ size }) => size),
  column<Restored>('log', ({ log }) => log),
  column<Restored>('restored', ({ restored }) => restored),
  column<Restored>('root', ({ root }) => root),
]);

export function registerRestore(program: Command): void {
  const restore = program
    .command('restore')
    .description('put a backup into a new server or folder, and read it back');
  // Not taken from a context: what is restored goes where it is said to go, and nowhere else.
  withOutput(restore, restoredOutput)
    .argument('<folder>', 'of the backup')
    .requiredOption(
      '--log <url>',
      'where to: file:<folder> or nats://host:4222, without the ledger',
    )
    .option('--go-on', 'finish a restore of this very backup that was cut off')
    .option('--dry-run', 'check the backup and the target, write nothing')
    .option('--yes', 'do not ask')
    .action(runRestore);
}

async function runRestore(folder: string, options: RestoreOptions): Promise<void> {
  const checks = await printChecks(folder, options);
  mustBeWhole(folder, checks);
  const manifest = await manifestIn(folder);
  const { ledger, size } = manifest;
  const at = { log: options.log, ledger };
  await mustBeFree(at, manifest, options.goOn === true);
  const what = `${ledger} with ${grouped(size)} entries to ${redacted(options.log)}`;
  if (options.dryRun === true) return say(options, manifest, `would restore ${what}`, false);
  const question = `This restores ${what}. No authority may go on with the ledger it was taken from.`;
  if (options.yes !== true && !(await confirmed(question, ledger)))
    throw new Exit(EXIT.failed, 'nothing was restored');
  const parts = await openAt(at, { create: true });
  const bar = progress(options.quiet);
  try {
    await restoreBackup(folder, manifest, parts, bar.show);
  } finally {
    bar.clear();
    await parts.close();
  }
  say(options, manifest, `restored ${what}, root ${manifest.root}`, true);
}

function say(options: RestoreOptions, manifest: Manifest, line: string, restored: boolean): void {
  const { ledger, size, root } = manifest;
  tell(restoredOutput, { ledger, size, root, log: options.log, restored }, options, () =>
    print(line),
  );
}

/** @throws Exit usage when a ledger of this name has entries there */
async function mustBeFree(
  at: { readonly log: string; readonly ledger: string },
  manifest: Manifest,
  goOn: boolean,
): Promise<void> {
  let parts: OpenLedger;
  try {
    parts = await openAt(at, { create: false });
  } catch (error) {
    if (error instanceof Fault && error.code === 'log_not_found') return;
    throw error;
  }
  try {
    const { size } = await parts.log.head();
    if (size === 0 || (goOn && size <= manifest.size)) return;
    throw new Exit(
      EXIT.usage,
      `${at.log} holds ${at.ledger} with ${grouped(size)} entries: restore into an empty place` +
        (size < manifest.size ? ', or finish what was cut off with --go-on' : ''),
    );
  } finally {
    await parts.close();
  }
}
