/** `daybook relay` as its users have it: a process in front of a ledger's store. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import type { LedgerId } from '../../events/ids.ts';
import { fetchInChunks } from '../../roles/transfer/fetch-in-chunks.ts';
import { HttpSource } from '../../roles/transfer/http-source.ts';
import { MemoryShelf } from '../../roles/transfer/shelf.ts';
import { noise } from '../../testing/chunk-sources.ts';
import { startDaybook } from '../../testing/daybook-process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daybook-relay-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('serves what the store has, keeps it, and ends when it is told to', async () => {
  const log = `file:${join(folder, 'run.daybook')}`;
  const { artifacts, close } = await openLedger(log, 'main' as LedgerId, { create: true });
  const artifact = await artifacts.put(noise(300_000, 1));
  await close();
  const cache = join(folder, 'cache');
  const args = ['--log', log, '--cache', cache, '--port', '0', '--chunk-bytes', '65536'];
  const relay = startDaybook('relay', ...args);
  const endpoint = (await relay.printed('\n')).trim();
  const fetched = await fetchInChunks({
    artifact,
    sources: [new HttpSource({ endpoint })],
    shelf: new MemoryShelf(),
    clock: systemClock,
    signal: new AbortController().signal,
  });
  expect(fetched).toMatchObject({ right: { from: [{ chunks: 5, bytes: 300_000 }] } });
  expect(await readdir(cache)).toEqual([artifact.digest.slice(7)]);
  relay.kill('SIGTERM');
  expect(await relay.ended).toMatchObject({ code: 0, err: '' });
});
