/**
 * Who leads, on one machine: one row in a SQLite file that only authorities open, so that its being
 * written wakes nobody else. Beside it every contender keeps a proof of life, so that the death of a
 * leader is known at once; only one that is stopped has to be waited for.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { lifePath, leadershipPath, prepareFolder } from './folder.ts';
import { isGone, ProofOfLife } from './proof-of-life.ts';
import { SqliteFile } from './sqlite-file.ts';
import { sqliteFault } from './sqlite-fault.ts';
import type { Leadership, Standing } from '../../commands/ports/leadership.ts';

const PATIENCE_MS = 1000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS lead (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL,
    holder TEXT,
    lease_ms INTEGER NOT NULL
  ) STRICT;
  INSERT OR IGNORE INTO lead VALUES (1, 0, NULL, 0);
`;

interface LeadRow {
  readonly revision: number;
  readonly holder: string | null;
  readonly lease_ms: number;
}

const statements = ({ db }: SqliteFile) => ({
  look: db.prepare('SELECT revision, holder, lease_ms FROM lead'),
  write: db.prepare(
    'UPDATE lead SET revision = revision + 1, holder = ?, lease_ms = ? WHERE revision = ?',
  ),
});

interface Opened {
  readonly file: SqliteFile;
  readonly sql: ReturnType<typeof statements>;
}

class EmbeddedLeadership implements Leadership {
  readonly self = `${hostname()}-${process.pid}-${randomBytes(6).toString('hex')}`;
  readonly #folder: string;
  readonly #faultOf: (error: unknown) => unknown;
  #opened: Promise<Opened> | null = null;
  #life: ProofOfLife | null = null;

  constructor(folder: string) {
    this.#folder = folder;
    this.#faultOf = sqliteFault(leadershipPath(folder), 'channel_unavailable');
  }

  #open(): Promise<Opened> {
    this.#opened ??= this.#openFile();
    this.#opened.catch(() => {
      this.#opened = null;
    });
    return this.#opened;
  }

  async #openFile(): Promise<Opened> {
    await prepareFolder(this.#folder, false);
    const options = { schema: SCHEMA, faultOf: this.#faultOf, patienceMs: PATIENCE_MS };
    const file = await SqliteFile.open(leadershipPath(this.#folder), options);
    return { file, sql: statements(file) };
  }

  async look(): Promise<Standing> {
    // Made with the first claim: most who open a ledger never lead it.
    if (!existsSync(leadershipPath(this.#folder))) return { revision: 0, claim: null };
    const { file, sql } = await this.#open();
    return file.read(() => {
      const { revision, holder, lease_ms: leaseMs } = sql.look.get() as unknown as LeadRow;
      const isHeld = holder !== null && !isGone(lifePath(this.#folder, holder));
      return { revision, claim: isHeld ? { holder, leaseMs } : null };
    });
  }

  async claim(leaseMs: number, revision: number): Promise<number | null> {
    await this.#open();
    try {
      this.#life ??= new ProofOfLife(lifePath(this.#folder, this.self));
    } catch (error) {
      throw this.#faultOf(error);
    }
    return await this.#write(this.self, leaseMs, revision);
  }

  async release(revision: number): Promise<void> {
    await this.#write(null, 0, revision);
  }

  async #write(holder: string | null, leaseMs: number, revision: number): Promise<number | null> {
    const { file, sql } = await this.#open();
    const { changes } = await file.write(() => sql.write.run(holder, leaseMs, revision), {
      durable: false,
    });
    return changes === 1 ? revision + 1 : null;
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => null);
    await opened?.file.close();
    this.#life?.end();
    this.#life = null;
  }
}

export function openLeadership(folder: string): Leadership {
  return new EmbeddedLeadership(folder);
}
