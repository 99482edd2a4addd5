/**
 * Where a party that starts again goes on from: the newest of its own snapshots that the log bears
 * out. The commit at the snapshot's position must state its size and its root, and every later commit
 * must extend its tree to the root that it states. Whatever does not hold is passed over and named;
 * without a snapshot that holds, the log is read from its start.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import type { SnapshotFolder } from '../../adapters/snapshot-folder.ts';
import type { EventLog } from '../../commands/ports/event-log.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { LogFold } from '../../commands/machine.ts';
import { base64Of } from '../../events/base64.ts';
import type { LogPosition } from '../../events/ids.ts';
import type { Snapshot, SnapshotError, ViewVersions } from '../../projections/snapshot.ts';
import { decodeSnapshot } from '../../projections/snapshot.ts';
import { Rebuild } from '../rebuild.ts';

export interface PassedOver {
  readonly code:
    | SnapshotError['code']
    | 'snapshot_damaged'
    | 'snapshot_not_in_log' // the log ends before it, or states another root there
    | 'snapshot_not_extended'; // the entries after it do not follow from its books and tree
  readonly message: string;
}

export interface Resumed extends LogFold {
  /** Entries that the snapshot covers; the fold goes on to the log's head. */
  readonly snapshotSize: number;
}

type PassOver = (size: number, why: PassedOver) => void;

/**
 * The fold of the log up to its head, begun at a snapshot; null when none holds.
 * @throws Fault when the log itself cannot be read
 */
export async function resume(
  log: EventLog,
  folder: SnapshotFolder,
  passedOver: PassOver,
): Promise<Resumed | null> {
  for await (const snapshot of standing(log, folder, {}, passedOver)) {
    const { size } = snapshot.tree;
    const fold = await caughtUp(log, snapshot);
    if (fold._tag === 'Right') return { ...fold.right, snapshotSize: size };
    passedOver(size, fold.left);
  }
  return null;
}

/** Snapshots whose end is, by the log's word, the end of one of its own prefixes; newest first. */
export async function* standing(
  log: EventLog,
  folder: SnapshotFolder,
  versions: ViewVersions,
  passedOver: PassOver,
): AsyncIterable<Snapshot> {
  for await (const { size, bytes } of folder.newest()) {
    const snapshot: Either<PassedOver, Snapshot> =
      bytes === null
        ? refuse('snapshot_damaged', 'its bytes do not have the digest in its name')
        : decodeSnapshot(bytes, log.ledger, versions);
    if (isLeft(snapshot)) passedOver(size, snapshot.left);
    else if (await standsIn(log, snapshot.right)) yield snapshot.right;
    else passedOver(size, notInLog(snapshot.right));
  }
}

async function standsIn(log: EventLog, { position, tree }: Snapshot): Promise<boolean> {
  for await (const commit of log.read(before(position)))
    return (
      commit.position === position &&
      commit.first + commit.count === tree.size &&
      commit.root === base64Of(tree.root())
    );
  return false;
}

/** The snapshot and everything after it in the log, up to its head now. */
async function caughtUp(log: EventLog, snapshot: Snapshot): Promise<Either<PassedOver, LogFold>> {
  const rebuilt = new Rebuild({ from: snapshot });
  let { position } = snapshot;
  try {
    for await (const commit of log.read(position)) {
      rebuilt.addCommit(commit);
      ({ position } = commit);
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'log_corrupt') throw error;
    return refuse('snapshot_not_extended', error.message);
  }
  const { books, tree, roots } = rebuilt;
  return right({ state: { books, tree, roots }, position });
}

const before = (position: LogPosition): LogPosition => (position - 1) as LogPosition;

const notInLog = ({ position, tree }: Snapshot): PassedOver => ({
  code: 'snapshot_not_in_log',
  message: `the log has no commit at ${position} that ends ${tree.size} entries with its root`,
});

const refuse = (code: PassedOver['code'], message: string): Either<PassedOver, never> =>
  left({ code, message });
