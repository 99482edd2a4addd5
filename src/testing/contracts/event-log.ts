/**
 * The contract of `EventLog`, run by every adapter's test against the real thing. A bench is one
 * fresh ledger on which any number of handles can be opened, as other processes would.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, rejection, take } from './collect.ts';
import { commitOf, commitOfSize, sizeAfter, frameOf } from './commits.ts';
import type { AppendConflict, EventLog } from '../../commands/ports/event-log.ts';
import { MAX_COMMIT_BYTES, MAX_ENTRIES_PER_COMMIT, type Commit } from '../../events/commit.ts';
import { LOG_START, type CommitId, type LogPosition } from '../../events/ids.ts';

export interface EventLogBench {
  /** A further handle on the bench's ledger. */
  openLog(): Promise<EventLog>;
  close(): Promise<void>;
}

type Answer = E.Either<AppendConflict, LogPosition>;

function positionOf(answer: Answer): LogPosition {
  assert(E.isRight(answer), `append was refused: ${JSON.stringify(answer)}`);
  return answer.right;
}

function conflictOf(answer: Answer): AppendConflict {
  assert(E.isLeft(answer), `append was accepted: ${JSON.stringify(answer)}`);
  return answer.left;
}

const framesOf = (commits: readonly Commit[]): object[] => commits.map(frameOf);

/** Appends one-line commits `<name>0`, `<name>1`, ... after the head; answers them. */
async function grow(log: EventLog, name: string, commits: number): Promise<Commit[]> {
  const appended: Commit[] = [];
  let { position, size } = await log.head();
  for (let n = 0; n < commits; n++) {
    const commit = commitOf(`${name}${n}`, size, [`${name} ${n}`]);
    position = positionOf(await log.append(commit, position));
    size = sizeAfter(commit);
    appended.push(commit);
  }
  return appended;
}

export function describeEventLog(name: string, openBench: () => Promise<EventLogBench>): void {
  describe(`event log: ${name}`, () => {
    let bench: EventLogBench;
    let log: EventLog;
    beforeEach(async () => {
      bench = await openBench();
      log = await bench.openLog();
    });
    afterEach(async () => {
      await bench.close();
    });

    describe('append and read', () => {
      it('starts empty', async () => {
        expect(await log.head()).toEqual({ position: 0, size: 0, commitId: null });
        expect(await collect(log.read(LOG_START))).toEqual([]);
      });

      it('gives back what was appended, byte for byte and in order', async () => {
        const first = commitOf('a', 0, ['{"n":0}', '{"n":1,"text":"naïve ✓"}']);
        const second = commitOf('b', 2, ['{"n":2}']);
        const at = positionOf(await log.append(first, LOG_START));
        const then = positionOf(await log.append(second, at));
        expect(then).toBeGreaterThan(at);
        expect(await log.head()).toEqual({ position: then, size: 3, commitId: 'b' });
        const stored = await collect(log.read(LOG_START));
        expect(stored.map(frameOf)).toEqual(framesOf([first, second]));
        expect(stored.map((commit) => commit.position)).toEqual([at, then]);
      });

      it('reads only what is after the given position', async () => {
        const commits = await grow(log, 'c', 5);
        const stored = await collect(log.read(LOG_START));
        const after = stored[2];
        assert(after !== undefined);
        expect((await collect(log.read(after.position))).map(frameOf)).toEqual(
          framesOf(commits.slice(3)),
        );
        const end = (await log.head()).position;
        expect(await collect(log.read(end))).toEqual([]);
      });

      it('is not changed by what the caller does to its bytes once it has asked', async () => {
        const commit = commitOf('a', 0, ['original']);
        const before = new Uint8Array(commit.payload);
        // A Buffer, whose own slice() would be a view of the same memory.
        const payload = Buffer.from(before);
        const asked = log.append({ ...commit, payload }, LOG_START);
        payload.fill(0x2e);
        positionOf(await asked);
        payload.fill(0x2f);
        const [stored] = await collect(log.read(LOG_START));
        expect(Buffer.compare(stored?.payload ?? before.subarray(1), before)).toBe(0);
      });

      it('lands appends that did not wait for each other in order', async () => {
        const commits = Array.from({ length: 40 }, (_, n) => commitOf(`p${n}`, n, [`${n}`]));
        const base = positionOf(await log.append(commitOf('p0', 0, ['0']), LOG_START));
        const answers = await Promise.all(
          commits.slice(1).map((commit, n) => log.append(commit, (base + n) as LogPosition)),
        );
        expect(answers.map(positionOf)).toEqual(answers.map((_, n) => base + n + 1));
        expect((await collect(log.read(LOG_START))).map(frameOf)).toEqual(framesOf(commits));
      });

      it('keeps a commit that was sent ahead out from behind a stranger', async () => {
        const other = await bench.openLog();
        const base = positionOf(await log.append(commitOf('a', 0, ['a']), LOG_START));
        positionOf(await other.append(commitOf('theirs', 1, ['theirs']), base));
        const mine = commitOf('mine', 1, ['mine']);
        const next = commitOf('next', 2, ['next']);
        // In the other order of events the second finds a log that ends where the first would.
        const behind = (base + 1) as LogPosition;
        expect(conflictOf(await log.append(next, behind, mine.id)).head.commitId).toBe('theirs');
        const both = await Promise.all([
          log.append(mine, base, 'a' as CommitId),
          log.append(next, behind, mine.id),
        ]);
        expect(both.map((answer) => E.isLeft(answer))).toEqual([true, true]);
        expect((await log.head()).commitId).toBe('theirs');
        expect(E.isRight(await log.append(next, behind, 'theirs' as CommitId))).toBe(true);
      });

      it('is read through another handle and after reopening', async () => {
        const commits = await grow(log, 'd', 3);
        const other = await bench.openLog();
        expect((await collect(other.read(LOG_START))).map(frameOf)).toEqual(framesOf(commits));
        await log.close();
        const again = await bench.openLog();
        expect((await again.head()).size).toBe(3);
        const more = await grow(again, 'e', 2);
        expect((await collect(other.read(LOG_START))).map(frameOf)).toEqual(
          framesOf([...commits, ...more]),
        );
      });
    });

    describe('expected position', () => {
      it('refuses an append at a stale position and changes nothing', async () => {
        const commits = await grow(log, 'a', 2);
        const head = await log.head();
        const stale = commitOf('stale', 0, ['no']);
        const conflict = conflictOf(await log.append(stale, LOG_START));
        expect(conflict).toEqual({ kind: 'conflict', expected: 0, head });
        expect((await collect(log.read(LOG_START))).map(frameOf)).toEqual(framesOf(commits));
      });

      it('refuses an append at a position that is not there yet', async () => {
        await grow(log, 'a', 1);
        const head = await log.head();
        const early = (head.position + 5) as LogPosition;
        const conflict = conflictOf(await log.append(commitOf('early', 1, ['no']), early));
        expect(conflict).toEqual({ kind: 'conflict', expected: early, head });
      });

      it('refuses a commit that would leave a gap, at whatever position', async () => {
        await grow(log, 'a', 2);
        const head = await log.head();
        const gap = conflictOf(await log.append(commitOf('gap', 7, ['no']), head.position));
        expect(gap).toEqual({ kind: 'conflict', expected: head.position, head });
        expect((await log.head()).size).toBe(2);
      });

      it('lets a whole train of appends lose when another writer took its first place', async () => {
        const commits = await grow(log, 'a', 3);
        const { position } = await log.head();
        const other = await bench.openLog();
        const theirs = commitOf('theirs', 3, ['one', 'two']);
        positionOf(await other.append(theirs, position));
        const train = [0, 1, 2].map((n) => commitOf(`train${n}`, 3 + n, ['mine']));
        const answers = await Promise.all(
          train.map((commit, n) => log.append(commit, (position + n) as LogPosition)),
        );
        for (const answer of answers) conflictOf(answer);
        const stored = await collect(log.read(LOG_START));
        expect(stored.map(frameOf)).toEqual(framesOf([...commits, theirs]));
        expect(await grow(log, 'again', 2)).toHaveLength(2);
      });

      it('answers a retry of a stored commit with the position it was stored at', async () => {
        const commit = commitOf('mine', 0, ['once']);
        const at = positionOf(await log.append(commit, LOG_START));
        expect(positionOf(await log.append(commit, LOG_START))).toBe(at);
        await grow(log, 'later', 3);
        expect(positionOf(await log.append(commit, LOG_START))).toBe(at);
        const other = await bench.openLog();
        expect(positionOf(await other.append(commit, LOG_START))).toBe(at);
        expect((await log.head()).size).toBe(4);
      });

      it('answers such a retry in the middle of the log, and at a newer position', async () => {
        await grow(log, 'a', 2);
        const before = (await log.head()).position;
        const commit = commitOf('mine', 2, ['once']);
        const at = positionOf(await log.append(commit, before));
        await grow(log, 'b', 2);
        const other = await bench.openLog();
        expect(positionOf(await other.append(commit, before))).toBe(at);
        expect(positionOf(await other.append(commit, (await other.head()).position))).toBe(at);
        expect((await log.head()).size).toBe(5);
      });

      it('lets exactly one of two racing writers win each position, and loses nothing', async () => {
        const rounds = 15;
        const writers = [log, await bench.openLog(), await bench.openLog()];
        const won: string[][] = writers.map(() => []);
        await Promise.all(
          writers.map(async (writer, w) => {
            const mine = won[w];
            assert(mine !== undefined);
            while (mine.length < rounds) {
              const { position, size } = await writer.head();
              const id = `w${w}-${size}`;
              const answer = await writer.append(commitOf(id, size, [id]), position);
              if (E.isRight(answer)) mine.push(id);
            }
          }),
        );
        const ids = (await collect(log.read(LOG_START))).map((commit) => commit.id as string);
        expect(ids).toHaveLength(writers.length * rounds);
        for (const [w, mine] of won.entries()) {
          expect(ids.filter((id) => id.startsWith(`w${w}-`))).toEqual(mine);
        }
      });
    });

    describe('follow', () => {
      it('gives history and then what lands, across handles, without gaps or repeats', async () => {
        const history = await grow(log, 'old', 10);
        const other = await bench.openLog();
        const stop = new AbortController();
        const following = take(other.follow(LOG_START, stop.signal), 40);
        const live: Commit[] = [];
        for (let n = 0; n < 30; n++) live.push(...(await grow(log, `new${n}-`, 1)));
        expect((await following).map(frameOf)).toEqual(framesOf([...history, ...live]));
        stop.abort();
      });

      it('starts after the given position', async () => {
        await grow(log, 'a', 3);
        const { position } = await log.head();
        const stop = new AbortController();
        const following = take(log.follow(position, stop.signal), 1);
        const next = await grow(log, 'b', 1);
        expect((await following).map(frameOf)).toEqual(framesOf(next));
        stop.abort();
      });

      it('ends when aborted, with and without something to read', async () => {
        await grow(log, 'a', 2);
        const stop = new AbortController();
        const seen: string[] = [];
        for await (const commit of log.follow(LOG_START, stop.signal)) {
          seen.push(commit.id);
          if (seen.length === 2) setImmediate(() => stop.abort());
        }
        expect(seen).toEqual(['a0', 'a1']);
        expect(await collect(log.follow(LOG_START, stop.signal))).toEqual([]);
      });

      it('ends when its handle is closed', async () => {
        await grow(log, 'a', 1);
        const other = await bench.openLog();
        const following = collect(other.follow(LOG_START, new AbortController().signal));
        await new Promise((resolve) => setTimeout(resolve, 20));
        await other.close();
        expect((await following).length).toBeLessThanOrEqual(1);
      });
    });

    describe('limits', () => {
      it('takes the largest commit, and many entries in one', async () => {
        const large = commitOfSize('large', 0, MAX_COMMIT_BYTES);
        const at = positionOf(await log.append(large, LOG_START));
        const lines = Array.from({ length: MAX_ENTRIES_PER_COMMIT }, (_, n) => `line ${n}`);
        const wide = commitOf('wide', 1, lines);
        positionOf(await log.append(wide, at));
        expect((await collect(log.read(LOG_START))).map(frameOf)).toEqual(framesOf([large, wide]));
      });

      it('refuses a larger one with commit_too_large and appends nothing', async () => {
        const tooLarge = commitOfSize('large', 0, MAX_COMMIT_BYTES + 1);
        expect(await rejection(log.append(tooLarge, LOG_START))).toMatchObject({
          name: 'Fault',
          code: 'commit_too_large',
          retryable: false,
        });
        expect((await log.head()).size).toBe(0);
      });

      it('treats a commit that contradicts its own frame as a bug', async () => {
        const commit = commitOf('a', 0, ['one', 'two']);
        const wrong = [
          { ...commit, count: 1 },
          { ...commit, payload: commit.payload.slice(0, -1) },
        ];
        for (const bad of wrong) {
          expect(await rejection(log.append(bad, LOG_START))).toBeInstanceOf(assert.AssertionError);
        }
        expect((await log.head()).size).toBe(0);
      });
    });
  });
}
