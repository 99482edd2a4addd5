/**
 * Killing appenders and looking at what they left. A commit's bytes follow from its id and place,
 * so whoever knows which ids were acknowledged knows every byte that must be there.
 */
import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { collect } from './contracts/collect.ts';
import { commitOf, frameOf, sizeAfter } from './contracts/commits.ts';
import { openLog } from '../adapters/embedded/event-log.ts';
import type { Commit, StoredCommit } from '../events/commit.ts';
import type { LedgerId } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';

export const CRASH_LEDGER = 'crash-test' as LedgerId;
const FIXTURE = fileURLToPath(new URL('../adapters/embedded/crash.fixture.ts', import.meta.url));

/** One to three lines, from a few bytes to more than a page of the file. */
export function crashCommit(id: string, first: number): Commit {
  const lines = Array.from({ length: 1 + (first % 3) }, (_, line) => {
    const filler = String.fromCharCode(97 + ((first + line) % 26));
    return `${id} ${filler.repeat(((first + line) * 7919) % 6000)}`;
  });
  return commitOf(id, first, lines);
}

/** The whole log, checked as its own reader checks it. */
export async function readCrashLog(folder: string): Promise<StoredCommit[]> {
  const log = await openLog(folder, CRASH_LEDGER, { create: false });
  try {
    return await collect(log.read(LOG_START));
  } finally {
    await log.close();
  }
}

/** Every byte is that of the commit which its id and place name. */
export function checkCommits(commits: readonly StoredCommit[]): void {
  let size = 0;
  for (const [index, commit] of commits.entries()) {
    assert.equal(commit.position, index + 1);
    assert.deepEqual(frameOf(commit), frameOf(crashCommit(commit.id, size)));
    size = sizeAfter(commit);
  }
}

/**
 * Starts an appender on `folder` and kills it `ms` after it acknowledged so many commits: none of
 * them means as soon as its process runs, before it has opened the log. Null leaves the killing to
 * `command`, which is put in front of the appender and would leave it running if it was killed.
 */
export async function appendUntilKilled(
  folder: string,
  name: string,
  when: { readonly acknowledged?: number; readonly ms?: number } | null,
  command: readonly string[] = [],
): Promise<string[]> {
  const [program = '', ...args] = [...command, process.execPath, FIXTURE, folder, name];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const closed = Promise.all([once(child, 'close'), once(reader, 'close')]);
  if (when !== null) {
    const { acknowledged = 0, ms = 0 } = when;
    while (lines.length < 1 + acknowledged) {
      const ended = await Promise.race([once(reader, 'line').then(() => false), closed]);
      if (ended !== false) break;
    }
    await Promise.race([delay(ms), closed]);
    child.kill('SIGKILL');
  }
  await closed;
  return lines.filter((line) => line !== 'started');
}

/**
 * What must hold after a kill: the log is well, and every acknowledged commit is there once, in its
 * order. Answers all ids, among them at most one that was stored and not yet acknowledged.
 */
export async function checkSurvivors(
  folder: string,
  before: readonly string[],
  acknowledged: readonly string[],
): Promise<string[]> {
  const commits = await readCrashLog(folder);
  checkCommits(commits);
  const ids = commits.map(({ id }) => id as string);
  assert.deepEqual(ids.slice(0, before.length + acknowledged.length), [...before, ...acknowledged]);
  assert(ids.length <= before.length + acknowledged.length + 1, 'one append was under way at most');
  assert.equal(new Set(ids).size, ids.length);
  return ids;
}
