/**
 * Follows the log and folds it, trusting nobody: each commit is checked against an own tree, and the
 * fold asserts its legality. Invariant: `folding` is the fold of a verified prefix that ends with a
 * whole commit; at the first thing that does not hold the follower stops there for good and says so.
 * A log that is merely away is tried again. A rebuild puts a folding made anew in place of this one.
 */
import assert from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { StoredCommit } from '../events/commit.ts';
import type { LogPosition } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';
import type { TileLevels } from '../events/tile-levels.ts';
import { must } from '../projections/books.ts';
import { Batch } from './batch.ts';
import { Breath } from './breath.ts';
import { CommitIndex } from './commit-index.ts';
import type { FaultView } from './fault-view.ts';
import { Illegal } from './fault-view.ts';
import type { FoldingStart } from './folding.ts';
import { Folding, nothingOf } from './folding.ts';
import { rebuildBeside } from './rebuild-beside.ts';

const RETRY_MS = [250, 500, 1000, 2000, 5000];
/** How old the knowledge of the log's head may be while commits come in. */
const HEAD_MS_MAX = 1000;

export class Follower {
  readonly #log: EventLog;
  readonly #stop = new AbortController();
  readonly #changed: () => void;
  readonly #breath = new Breath();
  readonly #index: CommitIndex;
  #folding: Folding;
  #batch: Batch;
  /** Of the last commit read, which may still wait to be folded. */
  #read: LogPosition;
  /** Where the log's head was known to be, and when. */
  #head = { position: 0, atMs: -Infinity };
  #commits = 0;
  #fault: FaultView | null = null;
  /** Found by a rebuild: the log does not hold any more, whatever is appended to it. */
  #refuted: FaultView | null = null;
  #done: Promise<void> | null = null;
  #rebuilding: Promise<boolean> | null = null;
  /** Whether what is served began with something kept, not with the log. */
  #isFromKept: boolean;

  /** @param changed called after each batch of commits and each change of `fault` */
  constructor(log: EventLog, changed: () => void, start: FoldingStart = nothingOf(log.ledger)) {
    this.#log = log;
    this.#changed = changed;
    this.#folding = new Folding(start);
    this.#batch = new Batch(this.#folding, log.ledger);
    this.#read = start.position;
    this.#isFromKept = start.position !== LOG_START;
    this.#index = new CommitIndex(log, start.position);
  }

  get folding(): Folding {
    return this.#folding;
  }

  get size(): number {
    return this.#folding.size;
  }

  /** Of as many entries as `size` says. */
  get tiles(): TileLevels {
    return must(this.#folding.tiles, 'tiles of what is served');
  }

  get position(): LogPosition {
    return this.#folding.position;
  }

  /** Followed by this process. */
  get commits(): number {
    return this.#commits;
  }

  /** Null while everything holds; a retryable one goes away by itself. */
  get fault(): FaultView | null {
    return this.#refuted ?? this.#fault;
  }

  get isRebuilding(): boolean {
    return this.#rebuilding !== null;
  }

  start(): void {
    assert(this.#done === null, 'started once');
    this.#done = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#done, this.#rebuilding?.catch(() => false)]);
  }

  /** Position after which a reader finds the commit that holds this entry; perhaps some before it. */
  positionBefore(sequence: number): Promise<LogPosition> {
    return this.#index.positionBefore(sequence);
  }

  /**
   * Folds the log anew and switches; whoever asks meanwhile waits for the same rebuild. Resolves
   * with whether the books came out as they were; a log that does not hold any more is the fault.
   */
  rebuild(): Promise<boolean> {
    this.#rebuilding ??= this.#rebuild().finally(() => {
      this.#rebuilding = null;
    });
    return this.#rebuilding;
  }

  async #rebuild(): Promise<boolean> {
    let same = true;
    const takeOver = (fresh: Folding): void => {
      same = textOf(fresh) === textOf(this.#folding);
      this.#batch = this.#batch.onto(fresh);
      this.#folding = fresh;
      this.#isFromKept = false;
      this.#changed();
    };
    const { signal } = this.#stop;
    const beside = { log: this.#log, serving: () => this.#folding, takeOver, signal };
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await rebuildBeside(beside);
        return same;
      } catch (error) {
        if (signal.aborted) break;
        const isPassing = error instanceof Fault && error.retryable;
        if (isPassing) await this.#wait(attempt);
        else throw this.#refute(error);
      }
    }
    return same;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let attempt = 0; !signal.aborted;) {
      try {
        for await (const commit of this.#log.follow(this.#read, signal)) {
          await this.#take(commit);
          attempt = 0;
        }
        // An adapter's follow ends only when aborted or closed under us.
        if (!signal.aborted) await this.#wait(attempt++);
      } catch (error) {
        if (signal.aborted) return;
        const settled = this.#settled(error);
        if (await this.#isOwnError(settled)) continue;
        this.#fail(settled);
        if (this.#fault?.retryable !== true) return;
        await this.#wait(attempt++);
      }
    }
  }

  async #wait(attempt: number): Promise<void> {
    const ms = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  async #take(commit: StoredCommit): Promise<void> {
    this.#batch.add(commit);
    this.#index.add(commit, this.#read);
    this.#read = commit.position;
    this.#commits += 1;
    // Far from the head, many commits are folded as one.
    if (!this.#batch.isFull && (await this.#isBehind())) return;
    this.#batch.flush();
    this.#fault = null;
    this.#changed();
    await this.#breath.take();
  }

  async #isBehind(): Promise<boolean> {
    const nowMs = performance.now();
    if (this.#read >= this.#head.position && nowMs - this.#head.atMs > HEAD_MS_MAX) {
      const { position } = await this.#log.head();
      this.#head = { position, atMs: nowMs };
    }
    return this.#read < this.#head.position;
  }

  /** Whether it was not the log that was wrong, but what was kept: then that is replaced. */
  async #isOwnError(error: unknown): Promise<boolean> {
    if (!this.#isFromKept || !(error instanceof Illegal)) return false;
    this.#isFromKept = false;
    try {
      return !(await this.rebuild());
    } catch {
      return false;
    }
  }

  /** The error to tell of, after what waits has been folded. */
  #settled(error: unknown): unknown {
    try {
      this.#batch.flush();
      return error;
    } catch (earlier) {
      return earlier;
    } finally {
      this.#read = this.#folding.position;
    }
  }

  #fail(error: unknown): void {
    this.#fault = this.#viewOf(error);
    this.#changed();
  }

  #refute(error: unknown): unknown {
    this.#refuted = this.#viewOf(error);
    this.#changed();
    return error;
  }

  #viewOf(error: unknown): FaultView {
    const sequence = error instanceof Illegal ? error.sequence : this.size;
    const known = error instanceof Illegal || error instanceof Fault;
    return {
      code: known ? error.code : 'explorer_failed',
      message: error instanceof Error ? error.message : String(error),
      sequence,
      retryable: error instanceof Fault && error.retryable,
    };
  }
}

const textOf = (folding: Folding): string => {
  const { books, history } = folding.folded();
  return JSON.stringify([books, history]);
};
