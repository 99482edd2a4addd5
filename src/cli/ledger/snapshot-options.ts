/**
 * Where a party keeps its snapshots: in a folder of its own, for it starts from nobody else's. A
 * ledger in a folder has room for them beside its log; for others the folder has to be named.
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import { folderOf } from '../../adapters/open.ts';
import { SnapshotFolder } from '../../adapters/snapshot-folder.ts';
import type { ViewVersions } from '../../projections/snapshot.ts';
import { SnapshotKeeper } from '../../roles/snapshots/keeper.ts';
import type { Say } from '../../roles/telemetry/log-events.ts';
import type { LedgerOptions } from './ledger-options.ts';

export interface SnapshotOptions {
  /** False after `--no-snapshots`. */
  readonly snapshots?: string | false;
}

export const withSnapshots = (command: Command): Command =>
  command
    .option(
      '--snapshots <folder>',
      'start from snapshots kept here; default: in the folder of a file: ledger',
    )
    .option('--no-snapshots', 'keep none, and start from the log alone');

/** @param who keeps them: a key, or the name of a role that has none */
function snapshotFolderOf(
  { log, ledger, snapshots }: LedgerOptions & SnapshotOptions,
  who: string,
): SnapshotFolder | null {
  if (snapshots === false) return null;
  if (snapshots !== undefined) return new SnapshotFolder(join(snapshots, ledger, who));
  if (!log.startsWith('file:')) return null;
  return new SnapshotFolder(join(folderOf(log), 'snapshots', ledger, who));
}

export function snapshotsOf(
  options: LedgerOptions & SnapshotOptions,
  who: string,
  say: Say,
  views: ViewVersions = {},
): SnapshotKeeper | null {
  const folder = snapshotFolderOf(options, who);
  return folder === null ? null : new SnapshotKeeper({ folder, say, views });
}
