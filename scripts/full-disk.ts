/**
 * Fills a small file system until an append fails, makes room, and goes on, again and again:
 *
 *   mount -t tmpfs -o size=2m tmpfs <folder> && node scripts/full-disk.ts <folder> [rounds]
 *
 * Each failure must be the fault `storage_full` and leave nothing behind: the log reads whole, the
 * failed append is repeated once there is room and lands once.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLog } from '../src/adapters/embedded/event-log.ts';
import type { EventLog } from '../src/commands/ports/event-log.ts';
import { Fault } from '../src/commands/ports/fault.ts';
import { LOG_START } from '../src/events/ids.ts';
import { collect } from '../src/testing/contracts/collect.ts';
import { checkCommits, CRASH_LEDGER, crashCommit } from '../src/testing/crash-log.ts';
import { Chance } from '../src/testing/fuzz/chance.ts';

const DISK_BYTES_MAX = 16 * 2 ** 20;

const folder = process.argv[2] ?? '';
assert(folder !== '', 'name the folder where a small file system is mounted');
const rounds = Number(process.argv[3] ?? '20');
const { blocks, bsize } = await statfs(folder);
assert(blocks * bsize <= DISK_BYTES_MAX, 'a small file system of its own: it will be filled');
const ledger = join(folder, 'ledger');
const ballast = join(folder, 'ballast');

/** Null once the append has landed. */
async function tryAppend(log: EventLog, id: string): Promise<string | null> {
  const { position, size } = await log.head();
  try {
    assert(E.isRight(await log.append(crashCommit(id, size), position)), 'nobody else appends');
    return null;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

async function fill(leaveBytes: number): Promise<void> {
  const { bavail, bsize: block } = await statfs(folder);
  await writeFile(ballast, new Uint8Array(Math.max(0, bavail * block - leaveBytes)));
}

let [acknowledged, faults] = [0, 0];
const codes = new Map<string, number>();
let log = await openLog(ledger, CRASH_LEDGER, { create: true });
for (let round = 0; round < rounds; round++) {
  const chance = new Chance(1, 'full', round);
  await fill(chance.below(64) * 1024);
  let code = null;
  for (; code === null; acknowledged++) code = await tryAppend(log, `n${acknowledged}`);
  acknowledged -= 1; // the last one failed
  faults += 1;
  codes.set(code, (codes.get(code) ?? 0) + 1);
  const commits = await collect(log.read(LOG_START));
  checkCommits(commits);
  assert.equal(commits.length, acknowledged);
  if (chance.oneIn(2)) await log.close();
  await rm(ballast);
  if (acknowledged * 8_000 > blocks * bsize * 0.7) {
    await log.close();
    await rm(ledger, { recursive: true });
    acknowledged = 0;
  }
  await log.close();
  log = await openLog(ledger, CRASH_LEDGER, { create: true });
  assert.equal(await tryAppend(log, `n${acknowledged}`), null);
  acknowledged += 1;
}
await log.close();
const told = [...codes].map(([code, count]) => `${code} ${count}`).join(', ');
process.stdout.write(`${faults} times full: ${told}; nothing half-written, nothing lost\n`);
