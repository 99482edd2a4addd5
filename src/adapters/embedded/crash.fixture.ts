/**
 * A process made to be killed: `<folder> <name>` appends commits for ever and prints each id once it
 * is acknowledged. Every twentieth it closes the log and opens it again, so that opening, closing
 * and SQLite's own checkpoints are among the places where it dies.
 */
import * as E from 'fp-ts/lib/Either.js';
import { openLog } from './event-log.ts';
import { CRASH_LEDGER, crashCommit } from '../../testing/crash-log.ts';

const [folder = '', name = '', limit = 'Infinity'] = process.argv.slice(2);
const REOPEN_EVERY = 20;

process.stdout.write('started\n');
let log = await openLog(folder, CRASH_LEDGER, { create: true });
for (let n = 0; n < Number(limit); n++) {
  if (n % REOPEN_EVERY === REOPEN_EVERY - 1) {
    await log.close();
    log = await openLog(folder, CRASH_LEDGER, { create: true });
  }
  const { position, size } = await log.head();
  const id = `${name}-${n}`;
  if (E.isLeft(await log.append(crashCommit(id, size), position))) continue;
  process.stdout.write(`${id}\n`);
}
