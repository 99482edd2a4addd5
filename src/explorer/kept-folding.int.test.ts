/** An explorer that starts from what it kept: the same answers, less reading, and no trust in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SnapshotFolder } from '../adapters/snapshot-folder.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import type { LogPosition } from '../events/ids.ts';
import { encodeSnapshot, decodeSnapshot } from '../projections/snapshot.ts';
import { SnapshotKeeper } from '../roles/snapshots/keeper.ts';
import { LEDGER } from '../testing/desk.ts';
import { StoryLedger } from '../testing/story-ledger.ts';
import { EXPLORER_VIEWS } from './kept-folding.ts';
import type { Explorer } from './server.ts';
import { startExplorer } from './server.ts';

let path: string;
let folder: SnapshotFolder;
const said: string[] = [];
const open: Explorer[] = [];
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'explorer-'));
  folder = new SnapshotFolder(path);
  said.length = 0;
});
afterEach(async () => {
  for (const explorer of open.splice(0)) await explorer.close();
  rmSync(path, { recursive: true });
});

async function started(log: EventLog): Promise<Explorer> {
  const say = (line: string): void => void said.push(line);
  const snapshots = new SnapshotKeeper({ folder, say, views: EXPLORER_VIEWS });
  const explorer = await startExplorer({ log, port: 0, snapshots });
  open.push(explorer);
  return explorer;
}

const ask = async (address: string, route: string): Promise<string> =>
  (await fetch(`${address}${route}`)).text();

async function reached(address: string, size: number): Promise<void> {
  while ((JSON.parse(await ask(address, '/status')) as { size: number }).size < size)
    await delay(5);
}

/** One window told, kept by an explorer that has ended. */
async function keptOnce(): Promise<StoryLedger> {
  const ledger = new StoryLedger({ windows: 4 });
  await ledger.save();
  for (let beat = 0; beat < 100; beat += 1) {
    ledger.story.live(5);
    await ledger.save();
  }
  ledger.story.play(6_000_000, 5_000_000);
  await ledger.save();
  const explorer = await started(ledger.handle());
  await reached(explorer.address, ledger.story.desk.lines.length);
  await explorer.close();
  open.length = 0;
  return ledger;
}

async function alterKept(change: (text: string) => string): Promise<void> {
  for await (const { size, bytes } of folder.newest())
    await folder.put(size + 1, Buffer.from(change(Buffer.from(bytes ?? []).toString())));
}

it('answers as one that read everything, and follows from where it was', async () => {
  const ledger = await keptOnce();
  const kept = ledger.story.desk.lines.length;
  ledger.story.play(5_000_000, 4_000_000);
  await ledger.save();
  const followedAfter: LogPosition[] = [];
  const log = ledger.handle();
  const follow: EventLog['follow'] = (after, signal) => {
    followedAfter.push(after);
    return log.follow(after, signal);
  };
  const again = await started({
    ...log,
    ledger: LEDGER,
    head: () => log.head(),
    read: (after) => log.read(after),
    append: log.append.bind(log),
    close: () => log.close(),
    follow,
  });
  const fresh = await startExplorer({ log: ledger.handle(), port: 0 });
  open.push(fresh);
  const size = ledger.story.desk.lines.length;
  await Promise.all([again, fresh].map(({ address }) => reached(address, size)));
  expect(said).toEqual([`starts from a snapshot of ${kept} entries`]);
  expect(followedAfter).toEqual([102]);
  const worker = ledger.story.workers[0]?.actor;
  for (const route of [
    '/api/books',
    '/api/overview',
    `/api/statement?participant=${worker}`,
    '/api/entries?from=0&limit=20',
    '/api/entries?from=300&limit=500',
    `/api/entries?from=${size - 5}`,
    '/api/books?at=400',
  ])
    expect(await ask(again.address, route)).toBe(await ask(fresh.address, route));
});

it('replaces books that were not true: when asked to, or when the log contradicts them', async () => {
  const ledger = await keptOnce();
  const { desk } = ledger.story;
  await alterKept((text) => text.replaceAll('"name":"worker-0"', '"name":"worker-X"'));
  const asked = await started(ledger.handle());
  expect(await ask(asked.address, '/api/books')).toContain('worker-X');
  expect(await asked.rebuild()).toBe(false);
  expect(await ask(asked.address, '/api/books')).not.toContain('worker-X');
  expect(await ask(asked.address, '/api/overview')).not.toContain('worker-X');
  await asked.close();
  open.length = 0;

  await alterKept((text) => text.replace('"transfers":{"', '"transfers":{"work/r/1/0/0":5,"'));
  const contradicted = await started(ledger.handle());
  ledger.story.play(5_000_000, 4_000_000);
  await ledger.save();
  await reached(contradicted.address, desk.lines.length);
  expect(await ask(contradicted.address, '/api/books')).not.toContain('worker-X');
  expect(JSON.parse(await ask(contradicted.address, '/status'))).toMatchObject({ fault: null });
});

it('passes over what another version of its views wrote', async () => {
  const ledger = await keptOnce();
  for await (const { size, bytes } of folder.newest()) {
    const snapshot = decodeSnapshot(bytes ?? new Uint8Array(), LEDGER, EXPLORER_VIEWS);
    if (snapshot._tag === 'Left') throw new Error(snapshot.left.message);
    const older = encodeSnapshot(snapshot.right, { explorer: 0 });
    if (older._tag === 'Left') throw new Error(older.left.message);
    rmSync(path, { recursive: true });
    await folder.put(size, older.right);
  }
  const explorer = await started(ledger.handle());
  await reached(explorer.address, ledger.story.desk.lines.length);
  expect(said).toEqual([expect.stringContaining('snapshot_other_version')]);
});
