/**
 * Kills a process that appends to an embedded log, again and again, and looks at what is left:
 *
 *   node scripts/crash-log.ts --kills 1000 --seed 1        at random moments, opening included
 *   node scripts/crash-log.ts --points 400                 at each write, sync and removal of a file
 *                                                          in turn; needs `strace`
 *
 * Every acknowledged commit must be there once, byte for byte. Half of the folders are held open by
 * this process meanwhile, so that their write-ahead log outlives its writer.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLog } from '../src/adapters/embedded/event-log.ts';
import { appendUntilKilled, checkSurvivors, CRASH_LEDGER } from '../src/testing/crash-log.ts';
import { Chance } from '../src/testing/fuzz/chance.ts';

const KILLS_PER_FOLDER = 25;
const AFTER_MS_MAX = 150;
/** What SQLite changes files with, and how much rarer than writes it is: closing removes a file. */
const SYSCALLS = { pwrite64: 1, fsync: 1, unlink: 16 };

interface Tally {
  kills: number;
  /** Of them, kills before anything was acknowledged: while opening. */
  early: number;
  acknowledged: number;
  /** Commits that were found stored and had not been acknowledged. */
  unacknowledged: number;
}
const tally: Tally = { kills: 0, early: 0, acknowledged: 0, unacknowledged: 0 };

async function inFolder(held: boolean, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-crash-'));
  const holder = held ? await openLog(folder, CRASH_LEDGER, { create: true }) : null;
  await work(folder);
  await holder?.close();
  await rm(folder, { recursive: true });
}

async function killOnce(
  folder: string,
  ids: readonly string[],
  ms: number | null,
  command: readonly string[] = [],
): Promise<string[]> {
  const acknowledged = await appendUntilKilled(
    folder,
    `k${tally.kills}`,
    ms === null ? null : { ms },
    command,
  );
  // Killed so early that there is no log yet: nothing to look at, nothing was promised.
  const made = await openLog(folder, CRASH_LEDGER, { create: true });
  await made.close();
  const found = await checkSurvivors(folder, ids, acknowledged);
  tally.kills += 1;
  if (acknowledged.length === 0) tally.early += 1;
  tally.acknowledged += acknowledged.length;
  tally.unacknowledged += found.length - ids.length - acknowledged.length;
  return found;
}

async function atRandom(kills: number, seed: number): Promise<void> {
  for (let round = 0; tally.kills < kills; round++) {
    await inFolder(round % 2 === 1, async (folder) => {
      let ids: string[] = [];
      for (let n = 0; n < KILLS_PER_FOLDER && tally.kills < kills; n++) {
        const ms = new Chance(seed, 'kill', tally.kills).below(AFTER_MS_MAX * 10) / 10;
        ids = await killOnce(folder, ids, ms);
      }
    });
  }
}

async function atEachPoint(points: number): Promise<void> {
  for (const [syscall, rarity] of Object.entries(SYSCALLS)) {
    const before = tally.kills;
    for (let n = 1; n <= points / rarity; n++) {
      const inject = `inject=${syscall}:signal=SIGKILL:when=${n}`;
      const command = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${syscall}`];
      // The last one to close a log removes its write-ahead log: whoever holds it keeps it there.
      await inFolder(syscall !== 'unlink' && n % 2 === 1, async (folder) => {
        await killOnce(folder, [], null, [...command, '-e', inject]);
      });
    }
    process.stdout.write(`${syscall}: killed at each of its first ${tally.kills - before} calls\n`);
  }
}

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    points: { type: 'string' },
  },
});
const started = performance.now();
if (values.points === undefined) await atRandom(Number(values.kills), Number(values.seed));
else await atEachPoint(Number(values.points));
const seconds = ((performance.now() - started) / 1000).toFixed(0);
process.stdout.write(
  `${tally.kills} kills in ${seconds} s, ${tally.early} before the first acknowledgement; ` +
    `${tally.acknowledged} acknowledged commits, all there once; ` +
    `${tally.unacknowledged} more were stored and not yet acknowledged\n`,
);
