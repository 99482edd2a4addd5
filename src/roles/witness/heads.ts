/**
 * A witness's record: the latest head it cosigned for each log, in a SQLite file that one process
 * holds. Invariants: a head is on the disk before `record` returns; the file itself refuses a head
 * that is smaller, or of the same size over another root; it belongs to one key. A record that was
 * lost cannot be begun anew unnoticed: the caller says whether it may be created.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { sqliteFault } from '../../adapters/embedded/sqlite-fault.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { ActorId } from '../../events/ids.ts';
import type { WitnessedHead } from './judge.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS witness (actor TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS heads (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER IF NOT EXISTS heads_grow BEFORE UPDATE ON heads
    WHEN NEW.origin <> OLD.origin OR NEW.size < OLD.size
      OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
    BEGIN SELECT RAISE(ABORT, 'a witnessed head only grows'); END;
  CREATE TRIGGER IF NOT EXISTS heads_stay BEFORE DELETE ON heads
    BEGIN SELECT RAISE(ABORT, 'a witnessed head is never forgotten'); END;
`;

export class WitnessHeads {
  readonly #db: DatabaseSync;
  readonly #faultOf: (error: unknown) => unknown;
  readonly #get: StatementSync;
  readonly #put: StatementSync;

  private constructor(db: DatabaseSync, faultOf: (error: unknown) => unknown) {
    this.#db = db;
    this.#faultOf = faultOf;
    this.#get = db.prepare('SELECT size, root, note FROM heads WHERE origin = ?');
    this.#put = db.prepare(
      `INSERT INTO heads VALUES (?, ?, ?, ?) ON CONFLICT (origin)
       DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note`,
    );
  }

  /**
   * @param path of the file; `:memory:` for a record that is to be forgotten
   * @throws Fault log_not_found, log_locked, or permission_denied for another key's record
   */
  static open(path: string, actor: ActorId, { create }: { readonly create: boolean }) {
    if (!create && !existsSync(path))
      throw new Fault('log_not_found', `There is no witness's record at ${path}.`, {
        retryable: false,
      });
    const faultOf = sqliteFault(path, 'log_unavailable');
    let db: DatabaseSync | null = null;
    try {
      db = new DatabaseSync(path, { timeout: 0 });
      // Held to the end: a second process that judges by its own reading would sign a second history.
      db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE');
      db.exec(`PRAGMA synchronous = EXTRA; BEGIN EXCLUSIVE; ${SCHEMA}; COMMIT`);
      bind(db, path, actor);
      return new WitnessHeads(db, faultOf);
    } catch (error) {
      db?.close();
      throw faultOf(error);
    }
  }

  of(origin: string): WitnessedHead | null {
    try {
      return (this.#get.get(origin) as unknown as WitnessedHead | undefined) ?? null;
    } catch (error) {
      throw this.#faultOf(error);
    }
  }

  /** Returns once it is durable. */
  record(origin: string, { size, root, note }: WitnessedHead): void {
    try {
      this.#put.run(origin, size, root, note);
    } catch (error) {
      throw this.#faultOf(error);
    }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

function bind(db: DatabaseSync, path: string, actor: ActorId): void {
  const owner = db.prepare('SELECT actor FROM witness').get()?.['actor'];
  if (owner === undefined) db.prepare('INSERT INTO witness VALUES (?)').run(actor);
  else if (owner !== actor)
    throw new Fault('permission_denied', `${path} is the record of ${String(owner)}.`, {
      retryable: false,
    });
}
