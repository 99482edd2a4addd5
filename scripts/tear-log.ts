/**
 * Damages the files that a killed process left of an embedded log, one damage at a time, and looks
 * at what opens:
 *
 *   node scripts/tear-log.ts --folder /dev/shm --flips 5000 --seed 1 [--step 512]
 *
 * Prints, for each kind of damage, how often the log was whole, how often which fault was given, and
 * how often it silently held fewer commits than were acknowledged, or others; the last two are
 * named. Exits with 1 when there is one of them, other than a tail lost together with `log.head`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  crashedLog,
  flippedFiles,
  lostFiles,
  outcomeOf,
  SECTOR_BYTES,
  tornFiles,
} from '../src/testing/torn-log.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: tmpdir() },
    flips: { type: 'string', default: '1000' },
    step: { type: 'string', default: String(SECTOR_BYTES) },
    seed: { type: 'string', default: '1' },
    show: { type: 'string', default: '10' },
  },
});
const NAMED_MAX = Number(values.show);
const folder = await mkdtemp(join(values.folder, 'daybook-torn-'));
const log = await crashedLog(join(folder, 'crashed'));
const sizes = [...log.files].map(([name, bytes]) => `${name} ${bytes.length}`).join(', ');
process.stdout.write(`${log.acknowledged} commits acknowledged; ${sizes} bytes\n`);

const cases = [
  ...lostFiles(log),
  ...tornFiles(log, Number(values.step)),
  ...flippedFiles(log, Number(values.seed), Number(values.flips)),
];
const table = new Map<string, Map<string, number>>();
for (const torn of cases) {
  const outcome = await outcomeOf(torn, log, join(folder, 'torn'));
  const row = table.get(torn.kind) ?? new Map<string, number>();
  table.set(torn.kind, row.set(outcome, (row.get(outcome) ?? 0) + 1));
  if (outcome !== 'fewer' && outcome !== 'other') continue;
  // Nothing is left that could know: only who remembers a head elsewhere can tell.
  if (outcome === 'fewer' && !torn.files.has('log.head')) continue;
  process.exitCode = 1;
  if ((row.get(outcome) ?? 0) <= NAMED_MAX) {
    process.stdout.write(`SILENT, ${outcome}: ${torn.kind}, ${torn.what}\n`);
  }
}
for (const [kind, row] of table) {
  const counts = [...row].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
  process.stdout.write(`${kind.padEnd(24)} ${counts}\n`);
}
await rm(folder, { recursive: true });
