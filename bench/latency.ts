/**
 * From a command to its durable reply against from a publish to its acknowledgement, at half load:
 *   node bench/latency.ts [--rounds 5] [--seconds 3]
 * One server that puts every write on the disk, one process; in each round all take turns. Arrivals
 * are open-loop, at random times (Poisson) that do not wait for what came before, and each is timed
 * from when it was due: an answer that holds up the next arrival counts against all that it holds up.
 *
 * Half load is half of what was measured right before with a window in flight. Raw publishing, by the
 * client with a message id, stands beside it three times: at half of its own capacity, at the
 * commands' rate with a message a command, and at the rate and size of the commits that the runner
 * made of them. What the process itself adds is told by its own pauses.
 */
import { PerformanceObserver, monitorEventLoopDelay } from 'node:perf_hooks';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { openLog } from '../src/adapters/nats/event-log.ts';
import { openLink } from '../src/adapters/nats/link.ts';
import { systemClock } from '../src/adapters/system-clock.ts';
import type { EventLog } from '../src/commands/ports/event-log.ts';
import type { LedgerId } from '../src/events/ids.ts';
import { NatsServer } from '../src/testing/nats-server.ts';
import { sampleCommits } from '../src/cli/operating/bench/sample-commits.ts';
import { openLoop, percentile, published, windowed } from './append-load.ts';
import { crowd } from './crowd.ts';
import { presentNatsServer } from './lacking.ts';
import { median } from './paired-median.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    flights: { type: 'string', default: '4' },
  },
});
const ROUNDS = Number(values.rounds);
const SECONDS = Number(values.seconds);
const PROBE = 3_000;
const WINDOW = 256;

await presentNatsServer();
const server = await NatsServer.start({});
const link = await openLink(server.url);
/** The baseline's own connection, with the client's defaults. */
const nc = await connect({ servers: server.url });
const js = jetstream(nc);
let ledgers = 0;

async function fresh(): Promise<{ ledger: LedgerId; log: EventLog }> {
  ledgers += 1;
  const ledger = `latency-${ledgers}` as LedgerId;
  return { ledger, log: await openLog(link, ledger) };
}

const raw = async (count: number, entries: number): Promise<(() => Promise<unknown>)[]> =>
  published(js, (await fresh()).ledger, sampleCommits(count, entries));

/** A runner with a crowd, its commands, and how many commits it has made of them. */
async function authority(flightsMax: number): Promise<{
  readonly commands: (count: number) => (() => Promise<unknown>)[];
  readonly commits: () => number;
}> {
  const { log } = await fresh();
  let commits = 0;
  const counted: EventLog = {
    ledger: log.ledger,
    appendsInFlight: log.appendsInFlight,
    head: () => log.head(),
    read: (after) => log.read(after),
    follow: (after, signal) => log.follow(after, signal),
    close: () => log.close(),
    append: (...args) => {
      commits += 1;
      return log.append(...args);
    },
  };
  const { runner, beats } = await crowd(counted, systemClock, flightsMax);
  const commands = (count: number): (() => Promise<unknown>)[] =>
    beats(count).map((bytes) => async () => {
      const reply = await runner.submit(bytes);
      if (reply.status !== 'recorded') throw new Error(JSON.stringify(reply));
    });
  return { commands, commits: () => commits };
}

const one = await authority(1);
const several = await authority(Number(values.flights));

interface Tail {
  readonly p50: number;
  readonly p99: number;
  /** Longest turn of the event loop at the 99th percentile, and all collections, in ms. */
  readonly loopP99: number;
  readonly gc: number;
}

async function tailOf(sends: readonly (() => Promise<unknown>)[], rate: number): Promise<Tail> {
  let gc = 0;
  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gc += duration;
  });
  collections.observe({ entryTypes: ['gc'] });
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const latencies = await openLoop(sends, rate);
  loop.disable();
  for (const { duration } of collections.takeRecords()) gc += duration;
  collections.disconnect();
  return {
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    loopP99: loop.percentile(99) / 1e6,
    gc,
  };
}

const NAMES = [
  'runner',
  `runner, ${values.flights} in flight`,
  'raw at half of its own',
  'raw, a message a command',
  'raw, the commits',
];
const BASELINE = 'raw, a message a command';
const tails: Tail[][] = NAMES.map(() => []);
const ratios: number[][] = NAMES.map(() => []);
const loads: string[] = [];

let groups = { commits: 1, entries: 1 };

/** In another order each round: what one leaves behind is not always the same one's to meet. */
async function inTurns(round: number, rate: number, rawRate: number): Promise<Tail[]> {
  const count = Math.ceil(rate * SECONDS);
  const measures: (() => Promise<Tail>)[] = [
    async () => {
      const before = one.commits();
      const tail = await tailOf(one.commands(count), rate);
      const commits = one.commits() - before;
      groups = { commits, entries: Math.max(1, Math.round(count / commits)) };
      return tail;
    },
    () => tailOf(several.commands(count), rate),
    async () => tailOf(await raw(Math.ceil(rawRate * SECONDS), 1), rawRate),
    async () => tailOf(await raw(count, 1), rate),
    async () => tailOf(await raw(groups.commits, groups.entries), groups.commits / SECONDS),
  ];
  const found: Tail[] = [];
  for (let turn = 0; turn < measures.length; turn += 1) {
    const at = (turn + round + measures.length) % measures.length;
    found[at] = await (measures[at] as () => Promise<Tail>)();
  }
  return found;
}

// Once without being counted: the compiler is done with all of it then.
for (let round = -1; round < ROUNDS; round += 1) {
  const max = PROBE / (await windowed(one.commands(PROBE), WINDOW));
  const severalMax = PROBE / (await windowed(several.commands(PROBE), WINDOW));
  const rawMax = PROBE / (await windowed(await raw(PROBE, 1), WINDOW));
  const found = await inTurns(round, max / 2, rawMax / 2);
  if (round < 0) continue;
  found.forEach((tail, at) => {
    tails[at]?.push(tail);
    ratios[at]?.push(tail.p99 / (found[NAMES.indexOf(BASELINE)] as Tail).p99);
  });
  loads.push(
    `at most ${Math.round(max)} commands/s (${Math.round(severalMax)} with more in flight), ` +
      `${Math.round(rawMax)} messages/s; ${groups.entries} commands a commit`,
  );
}

process.stdout.write(`nats-server ${server.version}, load ${loadavg()[0]?.toFixed(1)}\n`);
for (const line of loads) process.stdout.write(`  ${line}\n`);
NAMES.forEach((name, at) => {
  const of = (figure: keyof Tail): string =>
    median((tails[at] as Tail[]).map((tail) => tail[figure])).toFixed(1);
  process.stdout.write(
    `  ${name.padEnd(24)} p50 ${of('p50').padStart(7)}  p99 ${of('p99').padStart(7)} ms` +
      `   ${median(ratios[at] as number[]).toFixed(2)} x` +
      `   event loop p99 ${of('loopP99')} ms, collections ${of('gc')} ms\n`,
  );
});
await nc.close();
await link.close();
await server.dispose();
process.exit();
