/** How many commits a disk takes for good, against a file written and flushed by itself. */
import assert from 'node:assert';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRight } from 'fp-ts/lib/Either.js';
import { openLog } from '../../../adapters/embedded/event-log.ts';
import type { Commit } from '../../../events/commit.ts';
import type { LedgerId, LogPosition } from '../../../events/ids.ts';
import type { Rates } from './in-turns.ts';
import { inTurns, rateOf } from './in-turns.ts';
import { sampleCommits } from './sample-commits.ts';

const COMMITS = 100;
const ENTRIES = 20;

/** @param folder on the disk in question; what is written there is removed again */
export async function commitRates(rounds: number, folder: string): Promise<Rates> {
  const own = await mkdtemp(join(folder, 'daybook-bench-'));
  const commits = sampleCommits(COMMITS, ENTRIES);
  let logs = 0;
  try {
    return await inTurns(
      rounds,
      () => flushed(join(own, 'plain'), commits),
      () => committed(join(own, `log-${(logs += 1)}`), commits),
    );
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function flushed(path: string, commits: readonly Commit[]): Promise<number> {
  const file = await open(path, 'w');
  try {
    return await rateOf(COMMITS, async () => {
      for (const { payload } of commits) {
        await file.write(payload);
        await file.datasync();
      }
    });
  } finally {
    await file.close();
  }
}

async function committed(folder: string, commits: readonly Commit[]): Promise<number> {
  const log = await openLog(folder, 'bench' as LedgerId, { create: true });
  try {
    return await rateOf(COMMITS, async () => {
      for (const [at, commit] of commits.entries())
        assert(isRight(await log.append(commit, at as LogPosition)), 'nobody else appends');
    });
  } finally {
    await log.close();
  }
}
