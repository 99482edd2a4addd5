import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openChannel } from './channel.ts';
import { openLog } from './event-log.ts';
import { channelPath, logPath } from './folder.ts';
import { SqliteFile } from './sqlite-file.ts';
import { sqliteFault } from './sqlite-fault.ts';
import { collect, rejection } from '../../testing/contracts/collect.ts';
import { commitOf } from '../../testing/contracts/commits.ts';
import type { EventLog } from '../../commands/ports/event-log.ts';
import { LOG_START, type ActorId, type LedgerId, type LogPosition } from '../../events/ids.ts';

const LEDGER = 'embedded-test' as LedgerId;
const ALICE = `U${'A'.repeat(55)}` as ActorId;
const LOOP = fileURLToPath(new URL('./loop.fixture.ts', import.meta.url));

let folder: string;
let teardown: (() => Promise<void>)[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daybook-'));
  teardown = [() => rm(folder, { recursive: true })];
});
afterEach(async () => {
  for (const step of teardown.toReversed()) await step();
});

async function logHere(): Promise<EventLog> {
  const log = await openLog(folder, LEDGER, { create: true });
  teardown.push(() => log.close());
  return log;
}

async function channelHere() {
  const channel = await openChannel(folder, { create: true });
  teardown.push(() => channel.close());
  return channel;
}

/** Another process; `lines` fills with what it prints, `line` is until there is one. */
function start(...args: string[]): { child: ChildProcess; lines: string[]; line(): Promise<void> } {
  const child = spawn(process.execPath, [LOOP, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  teardown.push(() => end(child));
  const line = async (): Promise<void> => {
    if (lines.length === 0) await once(reader, 'line');
  };
  return { child, lines, line };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}

async function appendThree(log: EventLog): Promise<void> {
  for (let n = 0; n < 3; n++) await log.append(commitOf(`c${n}`, n, [`${n}`]), n as LogPosition);
}

const fault = (code: string): object => ({ name: 'Fault', code });

describe('the file of the log', () => {
  it('refuses to change or remove what was written', async () => {
    await appendThree(await logHere());
    const raw = new DatabaseSync(logPath(folder));
    for (const sql of [
      `UPDATE commits SET root = 'x' WHERE position = 1`,
      'DELETE FROM commits WHERE position = 3',
      `INSERT OR REPLACE INTO commits SELECT 2, 'x', first, count, root, payload, sum FROM commits`,
      `INSERT INTO commits SELECT 9, 'x', first, count, root, payload, sum FROM commits LIMIT 1`,
    ]) {
      expect(() => raw.exec(sql), sql).toThrow(/commits/);
    }
    expect(raw.prepare('SELECT count(*) AS n FROM commits').get()).toEqual({ n: 3 });
    raw.close();
  });

  it('is told corrupt when a commit is missing or was altered', async () => {
    const log = await logHere();
    await appendThree(log);
    const raw = new DatabaseSync(logPath(folder));
    raw.exec('DROP TRIGGER commits_keep; DROP TRIGGER commits_stay');
    raw.exec(`UPDATE commits SET payload = x'610a620a' WHERE position = 3`);
    expect(await rejection(collect(log.read(LOG_START)))).toMatchObject(fault('log_corrupt'));
    raw.exec('DELETE FROM commits WHERE position = 2');
    expect(await rejection(collect(log.read(LOG_START)))).toMatchObject(fault('log_corrupt'));
    raw.close();
  });

  it('is told corrupt when it is no database, or a damaged one', async () => {
    await writeFile(logPath(folder), 'this was a ledger once '.repeat(400));
    const create = { create: true };
    expect(await rejection(openLog(folder, LEDGER, create))).toMatchObject(fault('log_corrupt'));
    await rm(logPath(folder));

    const log = await openLog(folder, LEDGER, create);
    for (let n = 0; n < 50; n++) {
      await log.append(commitOf(`c${n}`, n, ['x'.repeat(2_000)]), n as LogPosition);
    }
    await log.close();
    const file = await open(logPath(folder), 'r+');
    await file.write(Buffer.alloc(20_000, 0x55), 0, 20_000, 8_192);
    await file.close();
    const read = openLog(folder, LEDGER, create).then(async (damaged) => {
      teardown.push(() => damaged.close());
      return await collect(damaged.read(LOG_START));
    });
    expect(await rejection(read)).toMatchObject(fault('log_corrupt'));
  });

  it('is not made where none is to be made, and belongs to one ledger', async () => {
    const elsewhere = join(folder, 'typo');
    const absent = openLog(elsewhere, LEDGER, { create: false });
    expect(await rejection(absent)).toMatchObject(fault('log_not_found'));
    await rejection(access(elsewhere));
    await logHere();
    const other = openLog(folder, 'other' as LedgerId, { create: true });
    expect(await rejection(other)).toMatchObject(fault('other_ledger'));
  });

  it('takes all of a write or nothing when the disk is full', async () => {
    const path = join(folder, 'full.sqlite');
    const faultOf = sqliteFault(path, 'log_unavailable');
    const schema = 'CREATE TABLE IF NOT EXISTS t (bytes BLOB)';
    const file = await SqliteFile.open(path, { schema, faultOf });
    file.db.exec('PRAGMA max_page_count = 20');
    const insert = file.db.prepare('INSERT INTO t VALUES (?)');
    const write = (bytes: number): Promise<unknown> =>
      file.write(() => insert.run(new Uint8Array(bytes)), { durable: true });
    await write(1_000);
    const [large, small] = await Promise.all([rejection(write(500_000)), rejection(write(10))]);
    expect(large).toMatchObject({ ...fault('storage_full'), retryable: false });
    expect(small).toMatchObject(fault('storage_full'));
    await write(10);
    expect(file.db.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 2 });
    await file.close();
  });

  it('waits while another process writes, and tells when that takes too long', async () => {
    const path = join(folder, 'busy.sqlite');
    const schema = 'CREATE TABLE IF NOT EXISTS t (n INTEGER)';
    const faultOf = sqliteFault(path, 'log_unavailable');
    const file = await SqliteFile.open(path, { schema, faultOf, patienceMs: 200 });
    const patient = await SqliteFile.open(path, { schema, faultOf, patienceMs: 60_000 });
    const insert = (into: SqliteFile): Promise<unknown> =>
      into.write(() => into.db.exec('INSERT INTO t VALUES (1)'), { durable: true });
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const waiting = insert(patient);
    expect(await rejection(insert(file))).toMatchObject({
      ...fault('log_locked'),
      retryable: true,
    });
    other.exec('COMMIT');
    await waiting;
    expect(other.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 1 });
    other.close();
    await file.close();
    await patient.close();
  });
});

describe('several processes', () => {
  it('race for the log; nothing acknowledged is lost when one is killed', async () => {
    const log = await logHere();
    const [a, b] = [start('append', folder, 'a'), start('append', folder, 'b')];
    const stop = new AbortController();
    const seen: string[] = [];
    let killed = false;
    for await (const commit of log.follow(LOG_START, stop.signal)) {
      seen.push(commit.id);
      if (!killed && a.lines.length > 20 && b.lines.length > 20) {
        await end(a.child);
        killed = true;
      }
      if (killed && seen.length > 200) stop.abort();
    }
    await end(b.child);
    const ids = (await collect(log.read(LOG_START))).map((commit) => commit.id as string);
    expect(ids.slice(0, seen.length)).toEqual(seen);
    for (const { lines } of [a, b]) {
      const mine = ids.filter((id) => id.startsWith(lines[0]?.slice(0, 2) ?? '?'));
      expect(mine.slice(0, lines.length)).toEqual(lines);
    }
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('answer each other’s requests', async () => {
    const server = start('serve', folder);
    await server.line();
    const channel = await channelHere();
    for (let n = 0; n < 20; n++) {
      const payload = new Uint8Array([n]);
      const reply = await channel.request('command', payload, { timeoutMs: 120_000 });
      expect([...reply]).toEqual([n]);
    }
  });

  it('take over what a server took that was killed', async () => {
    const asked: string[] = [];
    const server = await channelHere();
    void server.serve((request) => void asked.push(request.kind), new AbortController().signal);
    const asking = (await channelHere()).request('command', new Uint8Array([7]), {
      timeoutMs: 120_000,
    });
    while (asked.length === 0) await delay(5);
    await server.close();
    start('serve', folder);
    expect([...(await asking)]).toEqual([7]);
  });

  it('take over the step of a worker that was killed', async () => {
    const channel = await channelHere();
    const worker = start('work', folder, ALICE);
    await channel.publishStep(ALICE, 's1', new Uint8Array([1]));
    await worker.line();
    await end(worker.child);
    const stop = new AbortController();
    for await (const step of channel.steps(ALICE, { redeliverAfterMs: 30_000 }, stop.signal)) {
      expect(step.stepId).toBe('s1');
      expect(step.attempt).toBeGreaterThan(1);
      await step.ack();
      stop.abort();
    }
  });
});

it('keeps nothing of requests that were answered and steps that were acknowledged', async () => {
  const channel = await channelHere();
  const stop = new AbortController();
  void channel.serve((request) => request.reply(request.payload), stop.signal);
  const options = { timeoutMs: 120_000 };
  await Promise.all(
    Array.from({ length: 200 }, (_, n) => channel.request('query', new Uint8Array([n]), options)),
  );
  for (let n = 0; n < 20; n++) await channel.publishStep(ALICE, `s${n}`, new Uint8Array(1_000));
  let acknowledged = 0;
  for await (const step of channel.steps(ALICE, { redeliverAfterMs: 30_000 }, stop.signal)) {
    await step.ack();
    if (++acknowledged === 20) stop.abort();
  }
  const raw = new DatabaseSync(channelPath(folder));
  const count = (table: string): unknown => raw.prepare(`SELECT count(*) AS n FROM ${table}`).get();
  // What was answered is taken away after it was answered.
  for (const table of ['requests', 'steps'])
    await expect.poll(() => count(table), { timeout: 60_000 }).toEqual({ n: 0 });
  raw.close();
});
