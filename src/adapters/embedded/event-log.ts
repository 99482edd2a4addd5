/**
 * The log in a SQLite file: one row a commit, position = row number. Invariants: a commit is one row
 * in one transaction that has reached the disk (WAL, `synchronous = FULL`) before append answers;
 * the expected position is checked inside the write transaction, so of two authorities one loses
 * cleanly; rows are never changed or removed (triggers refuse it). A file that lost or changed what
 * was acknowledged is told by its head mark and by the sum in every row.
 */
import * as E from 'fp-ts/lib/Either.js';
import { checkAppendable, checkStored } from '../commit-integrity.ts';
import { logPath, prepareFolder } from './folder.ts';
import { HeadMarkFile, markOf, readHeadMark } from './head-mark.ts';
import type { HeadMark } from './head-mark.ts';
import { checkRowSum, rowSum } from './row-sum.ts';
import { SqliteFile } from './sqlite-file.ts';
import { sqliteFault } from './sqlite-fault.ts';
import type { AppendConflict, EventLog, LogHead } from '../../commands/ports/event-log.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { Commit, StoredCommit } from '../../events/commit.ts';
import type { CommitId, EntrySequence, LedgerId, LogPosition } from '../../events/ids.ts';

/** Rows read in one go: few at first, for many a reader wants a single commit. */
const READ_BATCH_MIN = 2;
const READ_BATCH_MAX = 64;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS ledger (id TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS commits (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    root TEXT NOT NULL,
    payload BLOB NOT NULL,
    sum INTEGER
  ) STRICT;
  CREATE TRIGGER IF NOT EXISTS commits_follow BEFORE INSERT ON commits
    WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM commits)
    BEGIN SELECT RAISE(ABORT, 'commits only follow the last one'); END;
  CREATE TRIGGER IF NOT EXISTS commits_stay BEFORE DELETE ON commits
    BEGIN SELECT RAISE(ABORT, 'commits are never removed'); END;
  CREATE TRIGGER IF NOT EXISTS commits_keep BEFORE UPDATE ON commits
    BEGIN SELECT RAISE(ABORT, 'commits are never changed'); END;
`;

interface CommitRow {
  readonly position: LogPosition;
  readonly id: CommitId;
  readonly first: EntrySequence;
  readonly count: number;
  readonly root: string;
  readonly payload: Uint8Array;
  /** Null in rows from before there were sums. */
  readonly sum: number | null;
}

type Placed = { readonly at: LogPosition } | { readonly head: LogHead };

const missing = (position: number): Fault =>
  new Fault('log_corrupt', `The log is corrupt: position ${position} is missing.`, {
    retryable: false,
  });

class EmbeddedEventLog implements EventLog {
  readonly ledger: LedgerId;
  /** A group behind another would wait for the other's flush, and be smaller than it could be. */
  readonly appendsInFlight = 1;
  readonly #file: SqliteFile;
  readonly #mark: HeadMarkFile;
  readonly #closed = new AbortController();
  readonly #sql;

  constructor(ledger: LedgerId, file: SqliteFile, mark: HeadMarkFile) {
    this.ledger = ledger;
    this.#file = file;
    this.#mark = mark;
    this.#sql = {
      head: file.db.prepare(
        'SELECT position, id, first, count FROM commits ORDER BY position DESC LIMIT 1',
      ),
      at: file.db.prepare('SELECT position, id, first FROM commits WHERE position = ?'),
      insert: file.db.prepare('INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?, ?)'),
      page: file.db.prepare(
        'SELECT * FROM commits WHERE position > ? AND position <= ? ORDER BY position LIMIT ?',
      ),
    };
  }

  async head(): Promise<LogHead> {
    return this.#file.read(() => this.#head());
  }

  #head(): LogHead {
    const row = this.#sql.head.get() as CommitRow | undefined;
    if (row === undefined) return { position: 0 as LogPosition, size: 0, commitId: null };
    return { position: row.position, size: row.first + row.count, commitId: row.id };
  }

  async append(
    commit: Commit,
    expected: LogPosition,
    previous?: CommitId | null,
  ): Promise<E.Either<AppendConflict, LogPosition>> {
    checkAppendable(commit);
    const mine = { ...commit, payload: new Uint8Array(commit.payload) };
    const placed = await this.#file.write(() => this.#place(mine, expected, previous), {
      durable: true,
    });
    if ('at' in placed) {
      this.#mark.advance(markOf({ ...mine, position: placed.at }));
      return E.right(placed.at);
    }
    return E.left({ kind: 'conflict', expected, head: placed.head });
  }

  /** Runs inside the write transaction. */
  #place(commit: Commit, expected: LogPosition, previous?: CommitId | null): Placed {
    const head = this.#head();
    const isOther = previous !== undefined && head.commitId !== previous;
    if (head.position !== expected || head.size !== commit.first || isOther) {
      const stored = this.#find(commit, head);
      if (stored !== null) return { at: stored };
      return { head };
    }
    const position = (head.position + 1) as LogPosition;
    const { id, first, count, root, payload } = commit;
    const sum = rowSum({ ...commit, position });
    this.#sql.insert.run(position, id, first, count, root, payload, sum);
    return { at: position };
  }

  /** The position this very commit is stored at, or null. A commit is known by where it starts. */
  #find(commit: Commit, head: LogHead): LogPosition | null {
    if (commit.first >= head.size) return null;
    let [low, high] = [1, head.position as number];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const row = this.#sql.at.get(middle) as CommitRow | undefined;
      if (row === undefined) throw missing(middle);
      if (row.first === commit.first) return row.id === commit.id ? row.position : null;
      if (row.first < commit.first) low = middle + 1;
      else high = middle - 1;
    }
    return null;
  }

  async *read(after: LogPosition): AsyncIterable<StoredCommit> {
    const end = (await this.head()).position;
    yield* this.#range(after, end);
  }

  async *#range(after: LogPosition, end: LogPosition): AsyncIterable<StoredCommit> {
    let nextSequence: number | null = after === 0 ? 0 : null;
    let batch = READ_BATCH_MIN;
    for (let at: number = after; at < end; batch = Math.min(2 * batch, READ_BATCH_MAX)) {
      const rows = this.#file.read(
        () => this.#sql.page.all(at, end, batch) as unknown as CommitRow[],
      );
      for (const row of rows) {
        if (row.position !== at + 1) throw missing(at + 1);
        const { sum, ...stored } = row;
        checkRowSum(stored, sum);
        const commit = checkStored(stored, nextSequence);
        nextSequence = commit.first + commit.count;
        at = row.position;
        yield commit;
      }
      if (rows.length === 0) throw missing(at + 1);
    }
  }

  async *follow(after: LogPosition, signal: AbortSignal): AsyncIterable<StoredCommit> {
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    let at = after;
    while (!stop.aborted) {
      const end = this.#file.read(() => this.#head()).position;
      if (end <= at) {
        await this.#file.changed(stop);
        continue;
      }
      for await (const commit of this.#range(at, end)) {
        at = commit.position;
        yield commit;
        if (stop.aborted) return;
      }
    }
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    await this.#file.close();
    this.#mark.close();
  }
}

/** Files from before there were sums get the column; their rows stay as they are. */
async function addSums(file: SqliteFile): Promise<void> {
  const has = (): boolean =>
    file.db
      .prepare('PRAGMA table_info(commits)')
      .all()
      .some((column) => column['name'] === 'sum');
  if (file.read(has)) return;
  const add = (): void => {
    if (!has()) file.db.exec('ALTER TABLE commits ADD COLUMN sum INTEGER');
  };
  await file.write(add, { durable: true });
}

/** @throws Fault log_corrupt, when the file does not hold what it is known to have held */
function checkMark(file: SqliteFile, mark: HeadMark | null, path: string): void {
  if (mark === null) return;
  const { position, size, root } = mark;
  const row = file.read(() =>
    file.db
      .prepare('SELECT first + count AS size, root FROM commits WHERE position = ?')
      .get(position),
  );
  if (row?.['size'] === size && row['root'] === root) return;
  const what = row === undefined ? 'is not there' : 'is another one';
  throw new Fault(
    'log_corrupt',
    `${path}: the commit at position ${position} was acknowledged, and ${what}. Was its -wal file ` +
      'removed, or an older copy put back? Restore a newer one, or remove log.head beside it to go ' +
      'on without what is lost.',
    { retryable: false },
  );
}

/** @throws Fault other_ledger */
async function claimLedger(file: SqliteFile, ledger: LedgerId, path: string): Promise<void> {
  const held = await file.write(
    () => {
      const row = file.db.prepare('SELECT id FROM ledger').get();
      if (row === undefined) file.db.prepare('INSERT INTO ledger VALUES (?)').run(ledger);
      return (row?.['id'] as string | undefined) ?? ledger;
    },
    { durable: true },
  );
  if (held === ledger) return;
  throw new Fault('other_ledger', `${path} holds the ledger ${held}, not ${ledger}.`, {
    retryable: false,
  });
}

/**
 * @throws Fault log_not_found | other_ledger | log_unavailable | log_locked | log_corrupt | permission_denied
 */
export async function openLog(
  folder: string,
  ledger: LedgerId,
  options: { readonly create: boolean },
): Promise<EventLog> {
  await prepareFolder(folder, options.create);
  const path = logPath(folder);
  const faultOf = sqliteFault(path, 'log_unavailable');
  // Before the file: whoever writes meanwhile moves the mark only after the file.
  const mark = readHeadMark(folder);
  const file = await SqliteFile.open(path, { schema: SCHEMA, faultOf });
  try {
    await claimLedger(file, ledger, path);
    await addSums(file);
    checkMark(file, mark, path);
    return new EmbeddedEventLog(ledger, file, new HeadMarkFile(folder));
  } catch (error) {
    await file.close();
    throw error;
  }
}
