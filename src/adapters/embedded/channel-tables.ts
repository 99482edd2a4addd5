/**
 * The tables of `channel.sqlite` and the statements on them. What is under way lives here and goes
 * when it is done: a request with its reply until the reply is read (or the caller is long gone), a
 * step until it is acknowledged, an acknowledged step's id until the dedupe horizon has passed.
 */
import type { DatabaseSync } from 'node:sqlite';

export const WAITING = 0;
export const TAKEN = 1;
export const ANSWERED = 2;

// AUTOINCREMENT: a number is never given out twice, so a late ack cannot hit another step.
export const CHANNEL_SCHEMA = `
  CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    state INTEGER NOT NULL,
    kind TEXT NOT NULL,
    deadline_ms INTEGER NOT NULL,
    payload BLOB NOT NULL,
    reply BLOB
  ) STRICT;
  CREATE INDEX IF NOT EXISTS requests_waiting ON requests (number) WHERE state = ${WAITING};
  CREATE TABLE IF NOT EXISTS steps (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    addressee TEXT NOT NULL,
    step_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (addressee, step_id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS steps_queue ON steps (addressee, number);
  CREATE TABLE IF NOT EXISTS steps_done (
    addressee TEXT NOT NULL,
    step_id TEXT NOT NULL,
    done_ms INTEGER NOT NULL,
    PRIMARY KEY (addressee, step_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS steps_done_age ON steps_done (done_ms);
`;

export const requestStatements = (db: DatabaseSync) => ({
  send: db.prepare(
    `INSERT INTO requests (state, kind, deadline_ms, payload) VALUES (${WAITING}, ?, ?, ?)`,
  ),
  anyWaiting: db.prepare(`SELECT 1 FROM requests WHERE state = ${WAITING} LIMIT 1`),
  take: db.prepare(
    `UPDATE requests SET state = ${TAKEN} WHERE number IN
       (SELECT number FROM requests WHERE state = ${WAITING} ORDER BY number LIMIT ?)
     RETURNING number, kind, deadline_ms, payload`,
  ),
  takeBack: db.prepare(`UPDATE requests SET state = ${WAITING} WHERE state = ${TAKEN}`),
  answer: db.prepare(`UPDATE requests SET state = ${ANSWERED}, reply = ? WHERE number = ?`),
  reply: db.prepare(`SELECT reply FROM requests WHERE number = ? AND state = ${ANSWERED}`),
  forget: db.prepare('DELETE FROM requests WHERE number = ?'),
  sweep: db.prepare('DELETE FROM requests WHERE deadline_ms < ?'),
});

export const stepStatements = (db: DatabaseSync) => ({
  publish: db.prepare(
    `INSERT INTO steps (addressee, step_id, attempt, due_ms, payload)
     SELECT :addressee, :stepId, 0, :nowMs, :payload WHERE NOT EXISTS
       (SELECT 1 FROM steps_done WHERE addressee = :addressee AND step_id = :stepId)
     ON CONFLICT (addressee, step_id) DO NOTHING`,
  ),
  head: db.prepare(
    `SELECT number, step_id, attempt, due_ms, payload FROM steps
     WHERE addressee = ? ORDER BY number LIMIT 1`,
  ),
  deliver: db.prepare(
    `UPDATE steps SET attempt = attempt + 1, due_ms = :dueMs
     WHERE number = :number AND attempt = :attempt AND due_ms <= :nowMs`,
  ),
  postpone: db.prepare(
    'UPDATE steps SET due_ms = :dueMs WHERE number = :number AND attempt = :attempt',
  ),
  remove: db.prepare('DELETE FROM steps WHERE number = ?'),
  remember: db.prepare('INSERT OR IGNORE INTO steps_done VALUES (?, ?, ?)'),
  sweep: db.prepare('DELETE FROM steps_done WHERE done_ms < ?'),
});
