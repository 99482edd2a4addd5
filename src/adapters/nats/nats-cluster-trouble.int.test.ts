/**
 * What three servers do to a steady writer's commits when one dies, stalls or is cut off, and when
 * all are. `DAYBOOK_CLUSTER_TROUBLE_S=600` runs random troubles for so many seconds instead of each
 * once; power loss is no part of it: a killed process leaves its writes with the operating system.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { logStream } from './declarations.ts';
import { openLog } from './event-log.ts';
import { openLink, type Link } from './link.ts';
import { startNatsCluster, type NatsCluster } from '../../testing/nats-cluster.ts';
import { SteadyAppends } from '../../testing/steady-appends.ts';
import type { LedgerId } from '../../events/ids.ts';

const LEDGER = 'trouble' as LedgerId;
const CAMPAIGN_S = Number(process.env['DAYBOOK_CLUSTER_TROUBLE_S'] ?? 0);
// A limit for what hangs: elections take their time where processors are shared.
const PATIENCE_MS = 180_000;

/** A campaign's figures are its purpose; a test's are noise. */
const report = (what: string, figures: object): void => {
  if (CAMPAIGN_S > 0) console.log(what, figures);
};

interface Scene {
  readonly cluster: NatsCluster;
  readonly writer: SteadyAppends;
  leader(): Promise<number>;
  /** The server that the writer is connected to. */
  own(): number;
  /** Until the writer gets on again. */
  onward(): Promise<void>;
}

const troubles: Record<string, (scene: Scene) => Promise<void>> = {
  'the leader dies': async ({ cluster, leader, onward }) => {
    const dead = await leader();
    await cluster.servers[dead]?.kill();
    await onward();
    await cluster.servers[dead]?.start();
  },
  'the writer’s own server is cut off': async ({ cluster, own, onward }) => {
    cluster.isolate(own());
    await onward();
    cluster.rejoin();
  },
  'the leader is cut off': async ({ cluster, leader, onward }) => {
    cluster.isolate(await leader());
    await onward();
    cluster.rejoin();
  },
  'all are cut off from each other, and nothing is acknowledged': async ({ cluster, writer }) => {
    for (const n of cluster.servers.keys()) cluster.isolate(n);
    const before = writer.acknowledged.size;
    await delay(2_000);
    // One is on its way at a time: it may have been with a quorum before, whenever its answer comes.
    expect(writer.acknowledged.size).toBeLessThanOrEqual(before + 1);
    cluster.rejoin();
  },
  'the leader stalls again and again': async ({ cluster, leader }) => {
    const stalled = cluster.servers[await leader()];
    for (let n = 0; n < 5; n++) {
      stalled?.pause();
      await delay(300);
      stalled?.resume();
      await delay(200);
    }
  },
  'all are killed and come back': async ({ cluster }) => {
    await Promise.all(cluster.servers.map((server) => server.kill()));
    await Promise.all(cluster.servers.map((server) => server.start()));
  },
};

let cluster: NatsCluster;
let links: Link[] = [];
beforeAll(async () => {
  cluster = await startNatsCluster();
});
afterAll(async () => {
  for (const link of links) await link.close();
  await cluster.dispose();
});

/** What a replica may take to get on before its server is started anew. */
const PATIENCE_WITH_REPLICA_MS = 20_000;

/**
 * Until every server has what the leader has: each trouble comes upon a whole cluster. On a busy
 * machine a replica of server 2.14.5 may be reached and yet stay silent for ever; it is helped as its
 * operator would, by a restart (nats-server issue 8519 is a relative).
 */
async function wholeAgain(link: Link, stop: AbortSignal): Promise<void> {
  let sinceMs = performance.now();
  for (; ; await delay(100)) {
    const info = await link.jsm.streams.info(logStream(LEDGER).name).catch(String);
    if (stop.aborted) throw new Error(JSON.stringify(info), { cause: stop.reason });
    if (typeof info === 'string') continue;
    const { leader, replicas = [] } = info.cluster ?? {};
    const behind = replicas.filter(({ current, offline }) => !current || offline);
    if (leader !== undefined && behind.length === 0) return;
    if (performance.now() - sinceMs < PATIENCE_WITH_REPLICA_MS) continue;
    report('started anew', { behind });
    for (const { name } of behind) await cluster.servers[indexOf(name)]?.kill();
    for (const { name } of behind) await cluster.servers[indexOf(name)]?.start();
    sinceMs = performance.now();
  }
}

/** n1 is the first. */
const indexOf = (server: string): number => Number(server.slice(1)) - 1;

/** A busy one may be between two leaders. */
async function leaderOf(link: Link): Promise<number> {
  const late = AbortSignal.timeout(PATIENCE_MS);
  for (; ; await delay(100)) {
    const info = await link.jsm.streams.info(logStream(LEDGER).name).catch(() => null);
    const leader = info?.cluster?.leader ?? '';
    if (leader !== '') return indexOf(leader);
    if (late.aborted) throw new Error('a whole cluster has a leader');
  }
}

it(
  'keep every acknowledged commit once and in order, whatever happens to them',
  { timeout: CAMPAIGN_S * 1_000 + 900_000 },
  async () => {
    const watcher = await openLink(cluster.url, { patienceMs: PATIENCE_MS });
    await openLog(watcher, LEDGER);
    const own = await openLink(cluster.url, { patienceMs: 8_000 });
    links = [own, watcher];
    const writer = new SteadyAppends(await openLog(own, LEDGER));
    const stop = new AbortController();
    const writing = writer.run(stop.signal).catch((error: unknown) => stop.abort(error));
    const leader = (): Promise<number> => leaderOf(watcher);
    const onward = async (): Promise<void> => {
      const late = AbortSignal.timeout(PATIENCE_MS);
      await writer.progress(20, AbortSignal.any([late, stop.signal]));
    };
    const connected = (): number =>
      cluster.servers.findIndex(({ port }) => own.nc.getServer().endsWith(`:${port}`));
    const scene: Scene = { cluster, writer, leader, own: connected, onward };
    await onward();
    for (const [name, trouble] of scenes()) {
      const startedMs = performance.now();
      await during(name, trouble(scene));
      await during(`after ${name}, to get on`, onward());
      const patience = AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), stop.signal]);
      await during(`after ${name}, to be whole`, wholeAgain(watcher, patience));
      report(name, { overAfterMs: Math.round(performance.now() - startedMs) });
    }
    stop.abort();
    await writing;
    const examined = await writer.examine(await openLog(watcher, LEDGER));
    expect(examined.acknowledged).toBeGreaterThan(100);
    report('examined', examined);
  },
);

/** What fails says in which scene. */
const during = (what: string, done: Promise<void>): Promise<void> =>
  done.catch((cause: unknown) => {
    throw new Error(what, { cause });
  });

/** Each once; in a campaign, at random until the time is up. */
function* scenes(): Iterable<[string, (scene: Scene) => Promise<void>]> {
  const all = Object.entries(troubles);
  if (CAMPAIGN_S === 0) return yield* all;
  const untilMs = Date.now() + CAMPAIGN_S * 1_000;
  while (Date.now() < untilMs) {
    const next = all[Math.floor(Math.random() * all.length)];
    if (next !== undefined) yield next;
  }
}
