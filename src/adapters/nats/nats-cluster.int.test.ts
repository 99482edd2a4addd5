import * as E from 'fp-ts/lib/Either.js';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openArtifacts } from './artifacts.ts';
import { openChannel } from './channel.ts';
import { logStream } from './declarations.ts';
import { openLog } from './event-log.ts';
import { openLink, type Link } from './link.ts';
import { collect } from '../../testing/contracts/collect.ts';
import { commitOf } from '../../testing/contracts/commits.ts';
import { startNatsCluster, type NatsCluster } from '../../testing/nats-cluster.ts';
import { LOG_START, type ActorId, type LedgerId, type LogPosition } from '../../events/ids.ts';

const LEDGER = 'cluster' as LedgerId;
// A limit for what hangs: elections take their time where processors are shared.
const PATIENCE_MS = 180_000;

let cluster: NatsCluster;
beforeAll(async () => {
  cluster = await startNatsCluster();
});
afterAll(async () => {
  await cluster.dispose();
});

/** Of the log's stream, once it has one: a busy cluster may be between two. */
async function leaderOf(link: Link): Promise<number> {
  for (;;) {
    const info = await link.jsm.streams.info(logStream(LEDGER).name).catch(() => null);
    const leader = info?.cluster?.leader ?? '';
    if (leader !== '') return Number(leader.slice(1)) - 1;
    await delay(100);
  }
}

it('keeps every acknowledged commit, step and artifact when the leader is killed', async () => {
  const link = await openLink(cluster.url, { patienceMs: PATIENCE_MS });
  const log = await openLog(link, LEDGER);
  const artifacts = await openArtifacts(link, LEDGER);
  const channel = await openChannel(link, LEDGER);
  const worker = 'UWORKER' as ActorId;
  const { digest } = await artifacts.put(new TextEncoder().encode('kept'));
  await channel.publishStep(worker, 's1', new Uint8Array([1]));

  const acknowledged: string[] = [];
  let position = LOG_START;
  let dead = -1;
  for (let n = 0; n < 60; n++) {
    if (n === 20) {
      dead = await leaderOf(link);
      await cluster.servers[dead]?.kill();
    }
    if (n === 40) await cluster.servers[dead]?.start();
    const commit = commitOf(`c${n}`, n, [`${n}`]);
    const answer = await log.append(commit, position);
    if (E.isLeft(answer)) throw new Error(`refused: ${JSON.stringify(answer.left)}`);
    position = answer.right as LogPosition;
    acknowledged.push(commit.id);
  }
  expect(dead).toBeGreaterThanOrEqual(0);
  expect((await collect(log.read(LOG_START))).map((commit) => commit.id)).toEqual(acknowledged);
  expect(new TextDecoder().decode(await artifacts.get(digest))).toBe('kept');
  const stop = new AbortController();
  for await (const step of channel.steps(worker, { redeliverAfterMs: 60_000 }, stop.signal)) {
    expect(step.stepId).toBe('s1');
    await step.ack();
    break;
  }
  stop.abort();
  await link.close();
});

it('lands a train of appends in order, without waiting for each answer', async () => {
  const link = await openLink(cluster.url, { patienceMs: PATIENCE_MS });
  const log = await openLog(link, 'train' as LedgerId);
  const commits = Array.from({ length: 200 }, (_, n) => commitOf(`c${n}`, n, [`${n}`]));
  const answers = await Promise.all(
    commits.map((commit, n) => log.append(commit, n as LogPosition)),
  );
  expect(answers).toEqual(commits.map((_, n) => E.right(n + 1)));
  expect((await collect(log.read(LOG_START))).map((commit) => commit.id)).toEqual(
    commits.map((commit) => commit.id),
  );
  await link.close();
});
