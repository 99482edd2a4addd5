/**
 * Durable appends, as ratios in the same run against raw JetStream publishing on the same server
 * (client publish with a message id, a window of publishes in flight).
 *   node bench/append.ts [--flush always|default] [--rounds 5]
 * Medians of the rounds; baseline and subject take turns. `always`: every acknowledged write is on
 * the disk (streams/server/single.conf). `default`: the server flushes every two minutes.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { openLog as openEmbedded } from '../src/adapters/embedded/event-log.ts';
import { openLog } from '../src/adapters/nats/event-log.ts';
import { openLink } from '../src/adapters/nats/link.ts';
import type { EventLog } from '../src/commands/ports/event-log.ts';
import type { LedgerId } from '../src/events/ids.ts';
import { NatsServer } from '../src/testing/nats-server.ts';
import { sampleCommits } from '../src/cli/operating/bench/sample-commits.ts';
import { appended, published, windowed } from './append-load.ts';
import { presentNatsServer } from './lacking.ts';
import { median } from './paired-median.ts';

const { values } = parseArgs({
  options: {
    flush: { type: 'string', default: 'always' },
    rounds: { type: 'string', default: '5' },
  },
});
const ROUNDS = Number(values.rounds);
const GROUP = 200;
const WINDOW = 64;
/** Groups near the limit of a message fill the client's buffers: fewer of them at once. */
const GROUP_WINDOW = 16;

await presentNatsServer();
const folder = await mkdtemp(join(tmpdir(), 'daybook-bench-'));
const config = join(folder, 'default.conf');
await writeFile(config, 'max_payload: 1MB\njetstream { store_dir: $DAYBOOK_STORE_DIR }\n');
const server = await NatsServer.start(values.flush === 'always' ? {} : { config });
const link = await openLink(server.url);
/** The baseline's own connection, with the client's defaults. */
const nc = await connect({ servers: server.url });
const js = jetstream(nc);
let ledgers = 0;

/** A stream of its own, and a log on it. */
async function fresh(): Promise<{ ledger: LedgerId; log: EventLog }> {
  ledgers += 1;
  const ledger = `bench-${ledgers}` as LedgerId;
  return { ledger, log: await openLog(link, ledger) };
}

const print = (what: string, rate: number, unit: string, ratio?: number): void => {
  const against = ratio === undefined ? '' : `   ${ratio.toFixed(2)} x raw`;
  process.stdout.write(`  ${what.padEnd(58)} ${Math.round(rate)} ${unit}${against}\n`);
};

async function raw(count: number, entries: number, window: number): Promise<number> {
  const { ledger } = await fresh();
  return count / (await windowed(published(js, ledger, sampleCommits(count, entries)), window));
}

async function adapter(count: number, entries: number, window: number): Promise<number> {
  const { log } = await fresh();
  return count / (await windowed(appended(log, sampleCommits(count, entries)), window));
}

/** Both in turns, after one round for warmth; their medians. */
async function inTurns(
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<[number, number]> {
  const rates: [number[], number[]] = [[], []];
  for (let round = -1; round < ROUNDS; round += 1) {
    const [one, other] = [await a(), await b()];
    if (round < 0) continue;
    rates[0].push(one);
    rates[1].push(other);
  }
  return [median(rates[0]), median(rates[1])];
}

process.stdout.write(`nats-server ${server.version}, flush ${values.flush}\n`);
{
  const [events, groups] = await inTurns(
    () => raw(4_000, 1, WINDOW),
    () => adapter(100, GROUP, GROUP_WINDOW),
  );
  print('raw, one event a message', events, 'events/s', 1);
  print(`append, ${GROUP} events a commit`, groups * GROUP, 'events/s', (groups * GROUP) / events);
}
for (const entries of [1, 20]) {
  const [base, mine] = await inTurns(
    () => raw(4_000 / entries, entries, WINDOW),
    () => adapter(4_000 / entries, entries, WINDOW),
  );
  print(`raw, messages of ${entries} events`, base, 'messages/s', 1);
  print(`append, commits of ${entries} events`, mine, 'commits/s', mine / base);
}
{
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const log = await openEmbedded(join(folder, `log-${round}`), 'bench' as LedgerId, {
      create: true,
    });
    const commits = sampleCommits(100, GROUP);
    // One after another: each is one transaction with an fsync of its own.
    rates.push((100 * GROUP) / (await windowed(appended(log, commits), 1)));
    await log.close();
  }
  print(`embedded, ${GROUP} events a commit, one fsync each`, median(rates), 'events/s');
}
await nc.close();
await link.close();
await server.dispose();
await rm(folder, { recursive: true });
