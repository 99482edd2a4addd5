/** Folding anew beside what is served: no reader sees a gap, a step back or books that are not true. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { EventLog } from '../commands/ports/event-log.ts';
import { canonicalJson } from '../events/canonical-json.ts';
import type { StoredCommit } from '../events/commit.ts';
import { StoryLedger } from '../testing/story-ledger.ts';
import type { Explorer } from './server.ts';
import { startExplorer } from './server.ts';

const open: Explorer[] = [];
afterEach(async () => {
  for (const explorer of open.splice(0)) await explorer.close();
});

async function started(log: EventLog): Promise<Explorer> {
  const explorer = await startExplorer({ log, port: 0 });
  open.push(explorer);
  return explorer;
}

/** The same log, whose commits pass through `each` on their way to a reader of the past. */
function readThrough(
  log: EventLog,
  each: (commit: StoredCommit) => Promise<StoredCommit>,
): EventLog {
  async function* read(after: StoredCommit['position']): AsyncIterable<StoredCommit> {
    for await (const commit of log.read(after)) yield await each(commit);
  }
  return {
    ledger: log.ledger,
    appendsInFlight: log.appendsInFlight,
    head: () => log.head(),
    append: log.append.bind(log),
    follow: log.follow.bind(log),
    close: () => log.close(),
    read,
  };
}

const status = async (address: string): Promise<any> => (await fetch(`${address}/status`)).json();

async function reached(address: string, size: number): Promise<void> {
  while ((await status(address)).size < size) await delay(5);
}

it('serves true books that only grow while rebuilds go on under load', async () => {
  const ledger = new StoryLedger({ windows: 40 });
  const { desk } = ledger.story;
  /** Canonical books by size, at every commit. */
  const truth = new Map<string, string>();
  const save = async (): Promise<void> => {
    truth.set(String(desk.lines.length), canonicalJson(desk.books as never));
    await ledger.save();
  };
  await save();
  // Slow enough for others to come in between, fast enough to catch up with the writer.
  const slow = readThrough(ledger.handle(), async (commit) => {
    if (commit.position % 8 === 1) await delay(1);
    return commit;
  });
  const explorer = await started(slow);
  const { address } = explorer;
  await reached(address, desk.lines.length);

  const ended = new AbortController();
  const same: boolean[] = [];
  let overlapping = 0;
  const told = (async () => {
    // And until there was something to see, however slow this machine is.
    const isSeen = (): boolean => same.length > 2 && overlapping > 0;
    for (let beat = 0; beat < 60 || (beat < 1000 && !isSeen()); beat += 1) {
      ledger.story.live(5);
      await save();
      await delay(beat < 60 ? 3 : 50);
    }
    ended.abort();
  })();
  const sizes: number[] = [];
  const reading = (async () => {
    while (!ended.signal.aborted) {
      const { rebuilding } = await status(address);
      if (rebuilding === true) overlapping += 1;
      const answer = await fetch(`${address}/api/books`);
      const size = answer.headers.get('daybook-size') ?? '';
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe(truth.get(size));
      sizes.push(Number(size));
    }
  })();
  while (!ended.signal.aborted) {
    same.push(await explorer.rebuild());
    await delay(1);
  }
  await Promise.all([told, reading]);

  expect(same.length).toBeGreaterThan(2);
  expect(same).not.toContain(false);
  expect(overlapping).toBeGreaterThan(0);
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  await reached(address, desk.lines.length);
});

it('is one rebuild for all who ask at the same time', async () => {
  const ledger = new StoryLedger();
  await ledger.save();
  let read = 0;
  const explorer = await started(
    readThrough(ledger.handle(), async (commit) => {
      read += 1;
      return commit;
    }),
  );
  await reached(explorer.address, ledger.story.desk.lines.length);
  expect(await Promise.all([explorer.rebuild(), explorer.rebuild()])).toEqual([true, true]);
  expect(read).toBe(1);
});

it('finds a log that was altered since, says so, and goes on with what it had verified', async () => {
  const ledger = new StoryLedger();
  await ledger.save();
  const explorer = await started(
    readThrough(ledger.handle(), async (commit) => {
      const payload = commit.payload.slice();
      payload.set(Buffer.from('X'), Buffer.from(payload).indexOf('A whale of a model'));
      return { ...commit, payload };
    }),
  );
  const { address } = explorer;
  const size = ledger.story.desk.lines.length;
  await reached(address, size);
  await expect(explorer.rebuild()).rejects.toMatchObject({ code: 'root_mismatch' });
  ledger.story.live(5);
  await ledger.save();
  await reached(address, ledger.story.desk.lines.length);
  expect(await status(address)).toMatchObject({ fault: { code: 'root_mismatch' }, ready: false });
  expect((await fetch(`${address}/api/books`)).status).toBe(200);
});
