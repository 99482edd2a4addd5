/**
 * Keeps a party's snapshots: starts it from one, writes another every so many entries and a last one
 * when it ends in good order. A snapshot that cannot be written is said once and costs nothing else.
 * The value is encoded in the turn of the commit it belongs to, so no half-folded state gets in.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { SnapshotFolder } from '../../adapters/snapshot-folder.ts';
import type { EventLog } from '../../commands/ports/event-log.ts';
import type { LogFold } from '../../commands/machine.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { Snapshot, ViewVersions } from '../../projections/snapshot.ts';
import { encodeSnapshot } from '../../projections/snapshot.ts';
import type { Say } from '../telemetry/log-events.ts';
import type { PassedOver } from './resume.ts';
import { resume, standing } from './resume.ts';

/** A restart folds fewer entries than this, which is about a second's work. */
export const SNAPSHOT_EVERY_ENTRIES = 50_000;

export interface KeeperOptions {
  readonly folder: SnapshotFolder;
  /** For people: one line of what was done or passed over. */
  readonly say: Say;
  readonly everyEntries?: number;
  /** Of the views that this party keeps beside the books. */
  readonly views?: ViewVersions;
}

export class SnapshotKeeper {
  readonly #folder: SnapshotFolder;
  readonly #say: Say;
  readonly #every: number;
  readonly #views: ViewVersions;
  /** Entries of the newest snapshot. */
  #size = 0;
  #writing: Promise<void> | null = null;
  #saidFailed = false;
  /** Books that outgrew a snapshot only grow on. */
  #outgrown = false;

  constructor({ folder, say, everyEntries = SNAPSHOT_EVERY_ENTRIES, views = {} }: KeeperOptions) {
    this.#folder = folder;
    this.#say = say;
    this.#every = everyEntries;
    this.#views = views;
  }

  /** The fold up to the log's head; null: read it from its start. @throws Fault when it cannot be read */
  async resume(log: EventLog): Promise<LogFold | null> {
    const from = await resume(log, this.#folder, this.#passedOver);
    if (from !== null) this.#startsFrom(from.snapshotSize);
    return from;
  }

  /** The newest snapshot that stands in the log, with its views; null: there is none. @throws Fault */
  async newest(log: EventLog): Promise<Snapshot | null> {
    for await (const snapshot of standing(log, this.#folder, this.#views, this.#passedOver)) {
      this.#startsFrom(snapshot.tree.size);
      return snapshot;
    }
    return null;
  }

  /** After a commit; writes when it is time and no other is being written. */
  offer(size: number, snapshot: () => Snapshot): void {
    if (size - this.#size >= this.#every && this.#writing === null) this.#write(snapshot());
  }

  /** Writes the state that the party ends with. */
  async close(size: number, snapshot: () => Snapshot): Promise<void> {
    await this.#writing;
    if (size > this.#size) this.#write(snapshot());
    await this.#writing;
  }

  readonly #passedOver = (size: number, { code, message }: PassedOver): void =>
    this.#say(
      `snapshot of ${size} entries passed over: ${code}: ${message}`,
      'snapshot.passed_over',
      {
        size,
        code,
      },
    );

  #startsFrom(size: number): void {
    this.#size = size;
    this.#say(`starts from a snapshot of ${size} entries`, 'snapshot.started_from', { size });
  }

  #write(snapshot: Snapshot): void {
    if (this.#outgrown) return;
    this.#size = snapshot.tree.size;
    const bytes = encodeSnapshot(snapshot, this.#views);
    if (isLeft(bytes)) {
      this.#outgrown = true;
      this.#fail(`${bytes.left.code}: ${bytes.left.message}`);
      return;
    }
    this.#writing = this.#folder
      .put(this.#size, bytes.right)
      .catch((error: unknown) => this.#fail(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.#writing = null;
      });
  }

  #fail(why: string): void {
    if (!this.#saidFailed) this.#say(`no snapshot written: ${why}`, 'snapshot.failed');
    this.#saidFailed = true;
  }
}

/** Of a fold without views. */
export const snapshotOf =
  (ledger: LedgerId, { state, position }: LogFold) =>
  (): Snapshot => ({
    ...state,
    ledger,
    position,
    views: {},
  });
