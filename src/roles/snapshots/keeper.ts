/**
 * Keeps a party's snapshots: starts it from one, writes another every so many entries and a last one
 * when it ends in good order. A snapshot that cannot be written is said once and costs nothing else.
 * The value is encoded in the turn of the commit it belongs to, so no half-folded state gets in.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { SnapshotFolder } from '../../adapters/snapshot-folder.ts';
import type { EventLog } from '../../commands/ports/event-log.ts';
import type { LogFold } from '../../commands/runner.ts';
import type { LedgerId } from '../../events/ids.ts';
import { encodeSnapshot } from '../../projections/snapshot.ts';
import { resume } from './resume.ts';

/** A restart folds fewer entries than this, which is about a second's work. */
export const SNAPSHOT_EVERY_ENTRIES = 50_000;

export interface KeeperOptions {
  readonly folder: SnapshotFolder;
  /** For people: one line of what was done or passed over. */
  readonly say: (line: string) => void;
  readonly everyEntries?: number;
}

export class SnapshotKeeper {
  readonly #folder: SnapshotFolder;
  readonly #say: (line: string) => void;
  readonly #every: number;
  /** Entries of the newest snapshot. */
  #size = 0;
  #writing: Promise<void> | null = null;
  #saidFailed = false;
  /** Books that outgrew a snapshot only grow on. */
  #outgrown = false;

  constructor({ folder, say, everyEntries = SNAPSHOT_EVERY_ENTRIES }: KeeperOptions) {
    this.#folder = folder;
    this.#say = say;
    this.#every = everyEntries;
  }

  /** Null: read the log from its start. @throws Fault when the log cannot be read */
  async resume(log: EventLog): Promise<LogFold | null> {
    const from = await resume(log, this.#folder, (size, { code, message }) =>
      this.#say(`snapshot of ${size} entries passed over: ${code}: ${message}`),
    );
    if (from === null) return null;
    this.#size = from.snapshotSize;
    this.#say(`starts from a snapshot of ${this.#size} entries`);
    return from;
  }

  /** After a commit; writes when it is time and no other is being written. */
  offer(ledger: LedgerId, fold: LogFold): void {
    const isDue = fold.state.tree.size - this.#size >= this.#every;
    if (isDue && this.#writing === null) this.#write(ledger, fold);
  }

  /** Writes the state that the party ends with. */
  async close(ledger: LedgerId, fold: LogFold): Promise<void> {
    await this.#writing;
    if (fold.state.tree.size > this.#size) this.#write(ledger, fold);
    await this.#writing;
  }

  #write(ledger: LedgerId, { state, position }: LogFold): void {
    if (this.#outgrown) return;
    this.#size = state.tree.size;
    const bytes = encodeSnapshot({ ...state, ledger, position, views: {} });
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
    if (!this.#saidFailed) this.#say(`no snapshot written: ${why}`);
    this.#saidFailed = true;
  }
}
