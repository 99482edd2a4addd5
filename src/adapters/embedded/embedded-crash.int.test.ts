/**
 * Killed writers and damaged files, a slice of what scripts/crash-log.ts and scripts/tear-log.ts do
 * by the thousand. Damage is told or harmless, never a log that is silently shorter or another.
 */
import assert from 'node:assert';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from './event-log.ts';
import { logPath } from './folder.ts';
import { headMarkPath, readHeadMark } from './head-mark.ts';
import { rejection } from '../../testing/contracts/collect.ts';
import {
  appendUntilKilled,
  checkCommits,
  checkSurvivors,
  CRASH_LEDGER,
  crashCommit,
  readCrashLog,
} from '../../testing/crash-log.ts';
import { Chance } from '../../testing/fuzz/chance.ts';
import {
  crashedLog,
  flippedFiles,
  lostFiles,
  outcomeOf,
  PAGE_BYTES,
  tornFiles,
} from '../../testing/torn-log.ts';
import type { CrashedLog, Outcome, TornCase } from '../../testing/torn-log.ts';
import type { LogPosition } from '../../events/ids.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daybook-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function append(into: string, count: number): Promise<void> {
  const log = await openLog(into, CRASH_LEDGER, { create: true });
  for (let n = 0; n < count; n++) {
    const { position, size } = await log.head();
    await log.append(crashCommit(`n${position}`, size), position);
  }
  await log.close();
}

const corrupt = { name: 'Fault', code: 'log_corrupt' };

it('every acknowledged commit outlives the process that appended it, once', async () => {
  let ids: string[] = [];
  for (let kill = 0; kill < 20; kill++) {
    const ms = new Chance(1, 'kill', kill).below(40);
    // Where opening takes longer than that, only those die at work that are given time for it.
    const when = { ms, acknowledged: kill % 4 === 3 ? 2 : 0 };
    const acknowledged = await appendUntilKilled(folder, `k${kill}`, when);
    await append(folder, 0);
    ids = await checkSurvivors(folder, ids, acknowledged);
  }
  expect(ids.length).toBeGreaterThanOrEqual(5 * 2);
});

it('several processes append to one file: of two at one position exactly one wins', async () => {
  const kill = { acknowledged: 25 };
  const names = ['a', 'b', 'c'];
  const acknowledged = await Promise.all(
    names.map((name) => appendUntilKilled(folder, name, kill)),
  );
  const commits = await readCrashLog(folder);
  checkCommits(commits);
  for (const [index, name] of names.entries()) {
    const mine = commits.map(({ id }) => id as string).filter((id) => id.startsWith(name));
    const known = acknowledged[index] ?? [];
    expect(mine.slice(0, known.length)).toEqual(known);
    expect(mine.length - known.length).toBeLessThanOrEqual(1);
    expect(new Set(mine).size).toBe(mine.length);
  }
});

describe('a log whose files were damaged', () => {
  async function outcomes(cases: Iterable<TornCase>, log: CrashedLog): Promise<string[]> {
    const silent: string[] = [];
    for (const torn of cases) {
      const outcome: Outcome = await outcomeOf(torn, log, join(folder, 'torn'));
      const fine = outcome === 'whole' || outcome === 'fault log_corrupt';
      if (!fine) silent.push(`${torn.kind}, ${torn.what}: ${outcome}`);
    }
    return silent;
  }

  it('is whole, or told corrupt', async () => {
    const log = await crashedLog(join(folder, 'crashed'));
    expect(await outcomes(tornFiles(log, 7 * PAGE_BYTES), log)).toEqual([]);
    expect(await outcomes(flippedFiles(log, 1, 100), log)).toEqual([]);
    // Only with the mark gone too is nothing left that could know.
    const withMark = [...lostFiles(log)].filter(({ files }) => files.has('log.head'));
    expect(withMark).toHaveLength(3);
    expect(await outcomes(withMark, log)).toEqual([]);
  });

  it('is told corrupt when an older copy of it was put back, until that is accepted', async () => {
    await append(folder, 3);
    await mkdir(join(folder, 'copy'));
    const copy = join(folder, 'copy', 'log.sqlite');
    await copyFile(logPath(folder), copy);
    await append(folder, 2);
    await copyFile(copy, logPath(folder));
    const reopened = rejection(openLog(folder, CRASH_LEDGER, { create: false }));
    expect(await reopened).toMatchObject(corrupt);
    await rm(headMarkPath(folder));
    expect(await readCrashLog(folder)).toHaveLength(3);
  });

  it('is told corrupt when a commit was replaced by another', async () => {
    await append(folder, 3);
    const raw = new DatabaseSync(logPath(folder));
    raw.exec(`DROP TRIGGER commits_keep; UPDATE commits SET id = 'x' WHERE position = 2`);
    raw.close();
    expect(await rejection(readCrashLog(folder))).toMatchObject(corrupt);
  });
});

describe('the head mark', () => {
  it('names the last acknowledged commit', async () => {
    await append(folder, 4);
    const commits = await readCrashLog(folder);
    const last = commits.at(-1);
    assert(last !== undefined);
    const { position, first, count, root } = last;
    expect(readHeadMark(folder)).toEqual({ position, size: first + count, root });
  });

  it('is one line of one sector, and holds when it is older than the log', async () => {
    await append(folder, 2);
    const older = join(folder, 'older');
    await copyFile(headMarkPath(folder), older);
    expect((await readFile(older)).length).toBe(128);
    await append(folder, 2);
    await copyFile(older, headMarkPath(folder));
    expect(await readCrashLog(folder)).toHaveLength(4);
  });
});

it('a file from before rows had sums is read, and gets them from then on', async () => {
  await append(folder, 1);
  const raw = new DatabaseSync(logPath(folder));
  raw.exec('DROP TRIGGER commits_keep; DROP TRIGGER commits_stay; DROP TRIGGER commits_follow');
  raw.exec('ALTER TABLE commits DROP COLUMN sum');
  raw.close();
  await append(folder, 2);
  const read = await readCrashLog(folder);
  checkCommits(read);
  expect(read.map(({ position }) => position)).toEqual([1, 2, 3] as LogPosition[]);
  const again = new DatabaseSync(logPath(folder));
  const sums = again.prepare('SELECT sum IS NULL AS absent FROM commits ORDER BY position').all();
  expect(sums.map(({ absent }) => absent)).toEqual([1, 0, 0]);
  again.close();
});
