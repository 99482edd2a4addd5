import * as E from 'fp-ts/lib/Either.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { logStream, stepsStream, subjectsOf } from './declarations.ts';
import { openChannel } from './channel.ts';
import { openLog } from './event-log.ts';
import { openLink, type Link, type LinkOptions } from './link.ts';
import { collect, rejection, take } from '../../testing/contracts/collect.ts';
import { commitOf } from '../../testing/contracts/commits.ts';
import { freePort } from '../../testing/free-port.ts';
import { NatsServer } from '../../testing/nats-server.ts';
import { TcpProxy } from '../../testing/tcp-proxy.ts';
import type { IncomingRequest } from '../../commands/ports/channel.ts';
import type { EventLog } from '../../commands/ports/event-log.ts';
import { LOG_START, type ActorId, type LedgerId, type LogPosition } from '../../events/ids.ts';

const LEDGER = 'faults' as LedgerId;
const ALICE = `U${'A'.repeat(55)}` as ActorId;

/** Torn down last to first after each test. */
const teardown: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of teardown.splice(0).toReversed()) await step();
});

async function serverOf(options: Parameters<typeof NatsServer.start>[0] = {}) {
  const server = await NatsServer.start(options);
  teardown.push(() => server.dispose());
  return server;
}

async function linkTo(url: string, options: Partial<LinkOptions> = {}): Promise<Link> {
  const link = await openLink(url, options);
  teardown.push(() => link.close());
  return link;
}

/** A server whose configuration is the given text. */
async function serverWith(config: string): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-conf-'));
  teardown.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'server.conf');
  await writeFile(file, config);
  return await serverOf({ config: file });
}

const fault = (code: string, retryable: boolean): object => ({ name: 'Fault', code, retryable });

async function appendNext(log: EventLog, id: string): Promise<LogPosition> {
  const { position, size } = await log.head();
  const answer = await log.append(commitOf(id, size, [id]), position);
  if (E.isLeft(answer)) throw new Error(`${id} was refused`);
  return answer.right;
}

const idsOf = async (log: EventLog): Promise<string[]> =>
  (await collect(log.read(LOG_START))).map((commit) => commit.id);

describe('opening', () => {
  it('tells a server that is away', async () => {
    const url = `nats://127.0.0.1:${await freePort()}`;
    const refused = await rejection(openLink(url, { patienceMs: 100 }));
    expect(refused).toMatchObject(fault('log_unavailable', true));
  });

  it('waits for a server that is about to come', async () => {
    const server = await NatsServer.prepare();
    teardown.push(() => server.dispose());
    const opening = linkTo(server.url);
    await delay(150);
    await server.start();
    expect((await opening).nc.isClosed()).toBe(false);
  });

  it('tells a server without JetStream', async () => {
    const server = await serverWith('server_name: plain');
    const refused = await rejection(openLink(server.url));
    expect(refused).toMatchObject(fault('jetstream_disabled', false));
  });

  it('tells a server that is too old', async () => {
    const info = JSON.stringify({ server_id: 'OLD', version: '2.9.25', max_payload: 1 << 20 });
    const greeter = createServer((socket) => {
      socket.write(`INFO ${info}\r\n`);
      socket.on('data', (bytes) => bytes.includes('PING') && socket.write('PONG\r\n'));
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(greeter, 'listening');
    const { port } = greeter.address() as { port: number };
    const refused = await rejection(openLink(`nats://127.0.0.1:${port}`));
    expect(refused).toMatchObject(fault('server_too_old', false));
    expect((refused as Error).message).toContain('2.9.25');
    greeter.close();
  });

  it('finds no ledger where none is to be made', async () => {
    const server = await serverOf();
    const link = await linkTo(server.url, { create: false });
    const refused = await rejection(openLog(link, LEDGER));
    expect(refused).toMatchObject(fault('log_not_found', false));
    expect((refused as Error).message).toContain(`no ledger ${LEDGER}`);
  });

  it('refuses a stream that could forget', async () => {
    const server = await serverOf();
    const link = await linkTo(server.url);
    await link.jsm.streams.add({ ...logStream(LEDGER), deny_purge: false, max_msgs: 10 });
    const refused = await rejection(openLog(link, LEDGER));
    expect(refused).toMatchObject(fault('log_unavailable', false));
    expect((refused as Error).message).toMatch(/max_msgs is 10.*deny_purge is false/);
  });

  it('tells who may not', async () => {
    const server = await serverWith(`
      jetstream { store_dir: $DAYBOOK_STORE_DIR }
      authorization {
        users: [
          { user: writer, password: w }
          { user: reader, password: r, permissions: { publish: { deny: "daybook.*.log" } } }
        ]
      }`);
    const at = (login: string): string => server.url.replace('nats://', `nats://${login}@`);
    expect(await rejection(openLink(at('writer:wrong')))).toMatchObject(
      fault('permission_denied', false),
    );
    await openLog(await linkTo(at('writer:w')), LEDGER);
    const log = await openLog(await linkTo(at('reader:r')), LEDGER);
    const refused = await rejection(log.append(commitOf('a', 0, ['a']), LOG_START));
    expect(refused).toMatchObject(fault('permission_denied', false));
    expect((await log.head()).size).toBe(0);
  });
});

describe('the log', () => {
  it('cannot be purged, and no message of it deleted', async () => {
    const link = await linkTo((await serverOf()).url);
    const log = await openLog(link, LEDGER);
    await appendNext(log, 'a');
    const { name } = logStream(LEDGER);
    await rejection(link.jsm.streams.deleteMessage(name, 1));
    await rejection(link.jsm.streams.purge(name));
    expect(await idsOf(log)).toEqual(['a']);
  });

  it('resolves a lost acknowledgement: the commit is there once, at the answered position', async () => {
    const server = await serverOf();
    const proxy = await TcpProxy.to(server.port);
    teardown.push(() => proxy.close());
    const log = await openLog(await linkTo(`nats://127.0.0.1:${proxy.port}`), LEDGER);
    const direct = await openLog(await linkTo(server.url), LEDGER);
    await appendNext(log, 'before');
    const landed = take(direct.follow(1 as LogPosition, new AbortController().signal), 1);
    proxy.deafen();
    const appending = log.append(commitOf('lost', 1, ['lost']), 1 as LogPosition);
    await landed;
    await appendNext(direct, 'after');
    proxy.cut();
    expect(await appending).toEqual(E.right(2));
    expect(await idsOf(log)).toEqual(['before', 'lost', 'after']);
  });

  it('answers log_outcome_unknown when it cannot find out, and the retry finds out', async () => {
    const server = await serverOf();
    const log = await openLog(await linkTo(server.url, { patienceMs: 300 }), LEDGER);
    await appendNext(log, 'a');
    await server.kill();
    const commit = commitOf('b', 1, ['b']);
    const refused = await rejection(log.append(commit, 1 as LogPosition));
    expect(refused).toMatchObject(fault('log_outcome_unknown', true));
    await server.start();
    const patient = await openLog(await linkTo(server.url), LEDGER);
    expect(await patient.append(commit, 1 as LogPosition)).toEqual(E.right(2));
    expect(await idsOf(patient)).toEqual(['a', 'b']);
  });

  it('keeps every acknowledged commit, once and in order, over kill -9 and restarts', async () => {
    const server = await serverOf();
    const patient = { patienceMs: 180_000 };
    const log = await openLog(await linkTo(server.url, patient), LEDGER);
    const reader = await openLog(await linkTo(server.url, patient), LEDGER);
    const stop = new AbortController();
    const followed = take(reader.follow(LOG_START, stop.signal), 60);
    const acknowledged: string[] = [];
    let killing = Promise.resolve();
    for (let n = 0; n < 60; n++) {
      if (n % 20 === 10) killing = server.kill().then(() => server.start());
      await appendNext(log, `c${n}`);
      acknowledged.push(`c${n}`);
    }
    await killing;
    expect(await idsOf(log)).toEqual(acknowledged);
    expect((await followed).map((commit) => commit.id)).toEqual(acknowledged);
    stop.abort();
  });

  it('refuses what a full server cannot take, and keeps what it has', async () => {
    const server = await serverWith(
      'jetstream { store_dir: $DAYBOOK_STORE_DIR, max_file_store: 3MB, sync_interval: always }',
    );
    const log = await openLog(await linkTo(server.url), LEDGER);
    const filled: string[] = [];
    let refused: unknown = null;
    for (let n = 0; n < 20 && refused === null; n++) {
      const commit = commitOf(`f${n}`, n, ['x'.repeat(400_000)]);
      const outcome = await log.append(commit, n as LogPosition).catch((error: unknown) => error);
      if (outcome instanceof Error) refused = outcome;
      else filled.push(commit.id);
    }
    expect(refused).toMatchObject(fault('storage_full', false));
    expect(filled.length).toBeGreaterThan(2);
    expect(await idsOf(log)).toEqual(filled);
  });

  it('refuses what is above the server’s max_payload', async () => {
    const server = await serverWith(
      'max_payload: 64KB, jetstream { store_dir: $DAYBOOK_STORE_DIR }',
    );
    const log = await openLog(await linkTo(server.url), LEDGER);
    const large = commitOf('large', 0, ['x'.repeat(70_000)]);
    const refused = await rejection(log.append(large, LOG_START));
    expect(refused).toMatchObject(fault('commit_too_large', false));
  });

  it('tells a foreign message in the stream', async () => {
    const link = await linkTo((await serverOf()).url);
    const log = await openLog(link, LEDGER);
    await appendNext(log, 'a');
    await link.js.publish(subjectsOf(LEDGER).log, 'not a commit');
    const corrupt = fault('log_corrupt', false);
    expect(await rejection(log.head())).toMatchObject(corrupt);
    const following = collect(log.follow(LOG_START, new AbortController().signal));
    expect(await rejection(following)).toMatchObject(corrupt);
  });
});

describe('serving', () => {
  it('ends in time where nothing passes any more, and says that the server may not know', async () => {
    const server = await serverOf();
    const proxy = await TcpProxy.to(server.port);
    teardown.push(() => proxy.close());
    const stop = new AbortController();
    const serve = ({ payload, reply }: IncomingRequest): void => reply(payload);
    const serving = async (endWithinMs: number): Promise<{ ended: Promise<unknown> }> => {
      const channel = await openChannel(await linkTo(`nats://127.0.0.1:${proxy.port}`), LEDGER);
      const served = channel.serve(serve, stop.signal, { endWithinMs });
      return { ended: served.catch((error: unknown) => error) };
    };
    const caller = await openChannel(await linkTo(server.url), LEDGER);
    // Another one that has more time: what ends before it has not waited for anything else.
    const [hurried, patient] = [await serving(200), await serving(240_000)];
    await caller.request('query', Uint8Array.of(1), { timeoutMs: 60_000 });
    proxy.part();
    stop.abort();
    expect(await hurried.ended).toMatchObject(fault('channel_unavailable', true));
    expect(await Promise.race([patient.ended, delay(0, 'it still waits')])).toBe('it still waits');
    proxy.cut();
    await patient.ended;
  });
});

describe('steps', () => {
  it('are not queued twice even after the server’s dedupe window', async () => {
    const link = await linkTo((await serverOf()).url);
    const channel = await openChannel(link, LEDGER);
    const { name } = stepsStream(LEDGER);
    await link.jsm.streams.update(name, { duplicate_window: 100_000_000 });
    await channel.publishStep(ALICE, 's1', new Uint8Array([1]));
    await delay(300);
    await channel.publishStep(ALICE, 's1', new Uint8Array([1]));
    expect((await link.jsm.streams.info(name)).state.messages).toBe(1);
  });

  it('survive a crash of the server, and their consumer goes on', async () => {
    const server = await serverOf();
    const channel = await openChannel(await linkTo(server.url), LEDGER);
    const stop = new AbortController();
    const steps = channel.steps(ALICE, { redeliverAfterMs: 60_000 }, stop.signal);
    const iterator = steps[Symbol.asyncIterator]();
    const first = iterator.next();
    await channel.publishStep(ALICE, 's1', new Uint8Array([1]));
    await (await first).value.ack();
    const second = iterator.next();
    await server.kill();
    await server.start();
    await channel.publishStep(ALICE, 's2', new Uint8Array([2]));
    expect((await second).value).toMatchObject({ stepId: 's2', attempt: 1 });
    stop.abort();
  });
});
