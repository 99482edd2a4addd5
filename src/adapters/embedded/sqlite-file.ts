/**
 * One SQLite file shared by several processes, as the embedded log and channel use it: WAL, writes
 * grouped into short IMMEDIATE transactions, changes of other processes noticed by polling
 * `PRAGMA data_version`. Invariants: a write resolves when its transaction is durable (or, where
 * `durable` is false, visible); writes run in the order they were asked for; nothing polls while
 * nobody waits; a busy file is waited for without blocking the event loop for long.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Bell } from '../bell.ts';
import { systemClock } from '../system-clock.ts';
import { isBusy } from './sqlite-fault.ts';

/** How long one attempt blocks on another process's lock, and all attempts together by default. */
const LOCK_BLOCK_MS = 20;
const LOCK_PATIENCE_MS = 10_000;
const LOCK_PAUSE_MS = 5;

/** The poll interval grows with the time since the last change anybody made. */
const POLL_LADDER: readonly { readonly quietMs: number; readonly everyMs: number }[] = [
  { quietMs: 60, everyMs: 2 },
  { quietMs: 2_000, everyMs: 8 },
  { quietMs: Infinity, everyMs: 16 },
];

/** Nothing of a transaction is kept when `run` throws; `settle` is called once it is decided. */
interface Write {
  readonly durable: boolean;
  readonly run: () => void;
  readonly settle: (failure: unknown) => void;
}

export interface SqliteFileOptions {
  readonly schema: string;
  /** Turns what SQLite threw into the fault its user should see. */
  readonly faultOf: (error: unknown) => unknown;
  /** How long another process's lock is waited for. */
  readonly patienceMs?: number;
}

export class SqliteFile {
  readonly db: DatabaseSync;
  /** Rings when this or another process has changed the file. */
  readonly #changed = new Bell();
  readonly #faultOf: (error: unknown) => unknown;
  readonly #patienceMs: number;
  readonly #queue: Write[] = [];
  #flushing: Promise<void> | null = null;
  #durable: boolean | null = null;
  readonly #versionQuery: StatementSync;
  #version: unknown;
  #changedAtMs = 0;
  #poll: NodeJS.Timeout | null = null;

  private constructor(db: DatabaseSync, options: SqliteFileOptions) {
    this.db = db;
    this.#faultOf = options.faultOf;
    this.#patienceMs = options.patienceMs ?? LOCK_PATIENCE_MS;
    this.#versionQuery = db.prepare('PRAGMA data_version');
    this.#version = this.#dataVersion();
  }

  /** Opens the file, creating it and its tables if they are missing. */
  static async open(path: string, options: SqliteFileOptions): Promise<SqliteFile> {
    const until = Date.now() + (options.patienceMs ?? LOCK_PATIENCE_MS);
    for (;;) {
      let db: DatabaseSync | null = null;
      try {
        db = new DatabaseSync(path, { timeout: LOCK_BLOCK_MS });
        db.exec('PRAGMA journal_mode = WAL; PRAGMA trusted_schema = OFF');
        db.exec(`BEGIN IMMEDIATE; ${options.schema}; COMMIT`);
        return new SqliteFile(db, options);
      } catch (error) {
        db?.close();
        if (!isBusy(error) || Date.now() > until) throw options.faultOf(error);
      }
      await delay(LOCK_PAUSE_MS);
    }
  }

  /** A read of one snapshot. */
  read<T>(query: () => T): T {
    try {
      return query();
    } catch (error) {
      throw this.#faultOf(error);
    }
  }

  /**
   * Runs `change` inside a transaction, together with other writes asked for in the same turn of the
   * event loop. `change` may run more than once (when the file was busy) and must not await.
   */
  write<T>(change: () => T, options: { readonly durable: boolean }): Promise<T> {
    return new Promise((resolve, reject) => {
      let result: T;
      this.#queue.push({
        durable: options.durable,
        run: () => {
          result = change();
        },
        settle: (failure) => (failure === null ? resolve(result) : reject(failure as Error)),
      });
      this.#flushing ??= this.#flush();
    });
  }

  async #flush(): Promise<void> {
    await new Promise((turn) => setImmediate(turn));
    while (this.#queue.length > 0) {
      const writes = this.#queue.splice(0);
      const failure = await this.#commit(writes);
      for (const write of writes) write.settle(failure);
      if (failure === null) this.#ring();
    }
    this.#flushing = null;
  }

  /** All writes or none of them; null or the fault. */
  async #commit(writes: readonly Write[]): Promise<unknown> {
    const until = Date.now() + this.#patienceMs;
    for (;;) {
      try {
        this.#setDurable(writes.some((write) => write.durable));
        this.db.exec('BEGIN IMMEDIATE');
        for (const write of writes) write.run();
        this.db.exec('COMMIT');
        return null;
      } catch (error) {
        if (this.db.isOpen && this.db.isTransaction) this.db.exec('ROLLBACK');
        if (!isBusy(error) || Date.now() > until) return this.#faultOf(error);
      }
      await delay(LOCK_PAUSE_MS);
    }
  }

  #setDurable(durable: boolean): void {
    if (this.#durable === durable) return;
    this.db.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
    this.#durable = durable;
  }

  #dataVersion(): unknown {
    return this.#versionQuery.get()?.['data_version'];
  }

  #ring(): void {
    this.#changedAtMs = Date.now();
    this.#changed.ring();
  }

  /** Resolves when the file may have changed, the signal aborts, or `afterMs` has passed. */
  changed(signal: AbortSignal, afterMs?: number): Promise<void> {
    this.#startPolling();
    const alarm = afterMs === undefined ? undefined : { clock: systemClock, afterMs };
    return this.#changed.wait(signal, alarm);
  }

  #startPolling(): void {
    if (this.#poll !== null) return;
    const tick = (): void => {
      this.#poll = null;
      if (!this.db.isOpen) return;
      const version = this.#dataVersion();
      if (version !== this.#version) {
        this.#version = version;
        this.#ring();
      }
      if (this.#changed.waiting > 0) this.#poll = setTimeout(tick, this.#pollEveryMs());
    };
    this.#poll = setTimeout(tick, this.#pollEveryMs());
  }

  #pollEveryMs(): number {
    const quietMs = Date.now() - this.#changedAtMs;
    return POLL_LADDER.find((rung) => quietMs < rung.quietMs)?.everyMs ?? 16;
  }

  /** Finishes the writes that were asked for, then closes. */
  async close(): Promise<void> {
    await this.#flushing;
    if (this.#poll !== null) clearTimeout(this.#poll);
    this.#poll = null;
    if (this.db.isOpen) this.db.close();
  }
}
