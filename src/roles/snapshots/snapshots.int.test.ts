/**
 * Starting from snapshots, with files and a log: the state is the one of reading everything, only
 * the tail is read, and a snapshot that does not hold is passed over with its reason.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SnapshotFolder } from '../../adapters/snapshot-folder.ts';
import type { EventLog } from '../../commands/ports/event-log.ts';
import type { LogFold } from '../../commands/machine.ts';
import { LOG_START } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import type { Snapshot } from '../../projections/snapshot.ts';
import { encodeSnapshot } from '../../projections/snapshot.ts';
import { LEDGER } from '../../testing/desk.ts';
import { StoryLedger } from '../../testing/story-ledger.ts';
import { Rebuild } from '../rebuild.ts';
import { SnapshotKeeper, snapshotOf } from './keeper.ts';
import type { PassedOver } from './resume.ts';
import { resume } from './resume.ts';

let path: string;
let folder: SnapshotFolder;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'snapshots-'));
  folder = new SnapshotFolder(join(path, 'main'));
});
afterEach(() => rmSync(path, { recursive: true }));

const files = (): string[] => readdirSync(folder.path).toSorted();

async function folded(log: EventLog): Promise<LogFold> {
  const rebuilt = new Rebuild();
  let position = LOG_START;
  for await (const commit of log.read(LOG_START)) {
    rebuilt.addCommit(commit);
    ({ position } = commit);
  }
  const { books, tree, roots } = rebuilt;
  return { state: { books, tree, roots }, position };
}

async function save(fold: LogFold, altered: Partial<Snapshot> = {}): Promise<void> {
  const { state, position } = fold;
  const bytes = encodeSnapshot({ ...state, position, ledger: LEDGER, views: {}, ...altered });
  if (isLeft(bytes)) throw new Error(bytes.left.message);
  await folder.put(state.tree.size, bytes.right);
}

/** A log that says how many commits were read of it. */
function counted(log: EventLog): { log: EventLog; read: () => number } {
  let read = 0;
  async function* reading(after: Parameters<EventLog['read']>[0]) {
    for await (const commit of log.read(after)) {
      read += 1;
      yield commit;
    }
  }
  const { ledger, appendsInFlight } = log;
  return {
    log: {
      ledger,
      appendsInFlight,
      head: () => log.head(),
      append: log.append.bind(log),
      follow: log.follow.bind(log),
      close: () => log.close(),
      read: reading,
    },
    read: () => read,
  };
}

async function resumed(log: EventLog): Promise<{ from: LogFold | null; codes: string[] }> {
  const codes: PassedOver['code'][] = [];
  const from = await resume(log, folder, (_, { code }) => codes.push(code));
  return { from, codes };
}

async function twoWindows(): Promise<StoryLedger> {
  const ledger = new StoryLedger({ windows: 4 });
  await ledger.save();
  ledger.story.play(6_000_000, 5_000_000);
  await ledger.save();
  return ledger;
}

async function goOn(ledger: StoryLedger): Promise<void> {
  const loss = 6_000_000 - 1_000_000 * ledger.story.window.window;
  ledger.story.play(loss, loss - 1_000_000);
  await ledger.save();
}

describe('a party that starts again', () => {
  it('has the state of reading everything, and reads the tail only', async () => {
    const ledger = await twoWindows();
    await save(await folded(ledger.handle()));
    await goOn(ledger);
    const { log, read } = counted(ledger.handle());
    const { from, codes } = await resumed(log);
    const whole = await folded(ledger.handle());
    expect(codes).toEqual([]);
    expect(read()).toBe(2);
    expect(from?.position).toBe(whole.position);
    expect(from?.state.books).toEqual(whole.state.books);
    expect(from?.state.tree.root()).toEqual(whole.state.tree.root());
  });

  it('reads the log from its start where there is no snapshot', async () => {
    const ledger = await twoWindows();
    expect(await resumed(ledger.handle())).toEqual({ from: null, codes: [] });
  });

  it('passes over what was damaged, cut off or left half written, for the one before it', async () => {
    const ledger = await twoWindows();
    const first = await folded(ledger.handle());
    await save(first);
    await goOn(ledger);
    await save(await folded(ledger.handle()));
    const newest = join(folder.path, files()[1] as string);
    const bytes = readFileSync(newest);
    for (const spoiled of [bytes.subarray(0, 100), bytes.map((byte, i) => (i === 50 ? 1 : byte))]) {
      writeFileSync(newest, spoiled);
      writeFileSync(join(folder.path, '1.part'), spoiled);
      const { from, codes } = await resumed(ledger.handle());
      expect(codes).toEqual(['snapshot_damaged']);
      expect(from).toMatchObject({ snapshotSize: first.state.tree.size });
    }
  });

  it('refuses a snapshot whose root is not the log’s, or that is ahead of it', async () => {
    const other = await twoWindows();
    await goOn(other);
    await save(await folded(other.handle()));
    const short = await twoWindows();
    expect(await resumed(short.handle())).toEqual({ from: null, codes: ['snapshot_not_in_log'] });
    short.story.play(5_000_000, 4_900_000);
    await short.save();
    expect(await resumed(short.handle())).toEqual({ from: null, codes: ['snapshot_not_in_log'] });
  });

  it('refuses books that later entries contradict', async () => {
    const ledger = await twoWindows();
    const fold = await folded(ledger.handle());
    const books: Books = { ...fold.state.books, members: {} };
    await save(fold, { books });
    await goOn(ledger);
    expect(await resumed(ledger.handle())).toEqual({
      from: null,
      codes: ['snapshot_not_extended'],
    });
  });
});

describe('the keeper', () => {
  const said: string[] = [];
  const keeper = (everyEntries: number): SnapshotKeeper =>
    new SnapshotKeeper({ folder, everyEntries, say: (line) => said.push(line) });
  beforeEach(() => {
    said.length = 0;
  });

  it('writes every so many entries and at the end, keeps two, and clears away the rest', async () => {
    const ledger = await twoWindows();
    const kept = keeper(50);
    const sizes: number[] = [];
    for (let window = 0; window < 3; window += 1) {
      const fold = await folded(ledger.handle());
      kept.offer(fold.state.tree.size, snapshotOf(LEDGER, fold));
      kept.offer(fold.state.tree.size, snapshotOf(LEDGER, fold));
      sizes.push(fold.state.tree.size);
      await kept.close(fold.state.tree.size, snapshotOf(LEDGER, fold));
      writeFileSync(join(folder.path, 'left by a crash.part'), 'x');
      if (window < 2) await goOn(ledger);
    }
    expect(said).toEqual([]);
    expect(files().map((name) => Number(name.slice(0, 16)) || name)).toEqual([
      ...sizes.slice(-2),
      'left by a crash.part',
    ]);
    const from = await keeper(50).resume(ledger.handle());
    expect(from?.state.tree.size).toBe(sizes.at(-1));
    expect(said).toEqual([`starts from a snapshot of ${sizes.at(-1)} entries`]);
  });

  it('writes none before it is time', async () => {
    const ledger = await twoWindows();
    const fold = await folded(ledger.handle());
    keeper(1_000_000).offer(fold.state.tree.size, snapshotOf(LEDGER, fold));
    expect(() => files()).toThrow(/ENOENT/);
  });

  it('says once that it cannot write, and goes on', async () => {
    const ledger = await twoWindows();
    const fold = await folded(ledger.handle());
    writeFileSync(join(path, 'main'), 'a file where the folder should be');
    const kept = keeper(1);
    await kept.close(fold.state.tree.size, snapshotOf(LEDGER, fold));
    await goOn(ledger);
    const later = await folded(ledger.handle());
    await kept.close(later.state.tree.size, snapshotOf(LEDGER, later));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('no snapshot written');
    expect(await kept.resume(ledger.handle())).toBeNull();
  });
});
