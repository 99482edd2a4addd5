import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { VirtualClock } from './memory/virtual-clock.ts';
import { MemoryWorld } from './memory/world.ts';
import { artifactsBucket } from './nats/declarations.ts';
import { folderOf, openLedger, type OpenLedger } from './open.ts';
import { rejection } from '../testing/contracts/collect.ts';
import { commitOf } from '../testing/contracts/commits.ts';
import { NatsServer } from '../testing/nats-server.ts';
import { LOG_START, type LedgerId } from '../events/ids.ts';

const LEDGER = 'opened' as LedgerId;

async function useAllParts(opened: OpenLedger): Promise<void> {
  await opened.log.append(commitOf('a', 0, ['a']), LOG_START);
  expect((await opened.log.head()).size).toBe(1);
  const { digest } = await opened.artifacts.put(new Uint8Array([1, 2]));
  expect([...(await opened.artifacts.get(digest))]).toEqual([1, 2]);
  const stop = new AbortController();
  void opened.channel.serve((request) => request.reply(request.payload), stop.signal);
  const reply = await opened.channel.request('query', new Uint8Array([3]), { timeoutMs: 120_000 });
  expect([...reply]).toEqual([3]);
  stop.abort();
  await opened.close();
}

it('opens memory: in the given world only', async () => {
  const memory = new MemoryWorld(new VirtualClock(0));
  await useAllParts(await openLedger('memory:', LEDGER, { memory }));
  const without = rejection(openLedger('memory:', LEDGER));
  expect(await without).toMatchObject({ code: 'log_unavailable' });
});

it('opens file: folders, relative and as URLs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-'));
  expect(folderOf('file:./run.daybook')).toBe('./run.daybook');
  expect(folderOf(pathToFileURL(folder).href)).toBe(folder);
  await useAllParts(await openLedger(pathToFileURL(join(folder, 'a')).href, LEDGER));
  await useAllParts(await openLedger(`file:${join(folder, 'b')}`, LEDGER));
  const absent = openLedger(`file:${join(folder, 'c')}`, LEDGER, { create: false });
  expect(await rejection(absent)).toMatchObject({ code: 'log_not_found' });
  await rm(folder, { recursive: true });
});

it('opens nats: servers', async () => {
  const server = await NatsServer.start();
  await useAllParts(await openLedger(server.url, LEDGER));
  const absent = openLedger(server.url, 'absent' as LedgerId, { create: false });
  expect(await rejection(absent)).toMatchObject({ code: 'log_not_found' });
  // An authority makes one thing after the other: a ledger half made is not there yet.
  const nc = await connect({ servers: server.url });
  await (await jetstreamManager(nc)).streams.delete(`OBJ_${artifactsBucket(LEDGER).bucket}`);
  const partial = openLedger(server.url, LEDGER, { create: false });
  expect(await rejection(partial)).toMatchObject({ code: 'log_not_found' });
  await nc.close();
  await server.dispose();
});

it('refuses what it does not know', async () => {
  const unknown = rejection(openLedger('https://example.org', LEDGER));
  expect(await unknown).toMatchObject({ code: 'log_unavailable', retryable: false });
});
