/** Chunks over real HTTP: hostile servers, a relay that corrupts, a fetch that is killed and goes on. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openArtifactFolder } from '../../adapters/embedded/artifacts.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { digestOf } from '../../events/digest.ts';
import { pagesRootOf } from '../dataset-cache.ts';
import { noise, readableOf } from '../../testing/chunk-sources.ts';
import type { ChunkServer } from './chunk-server.ts';
import { serveChunks } from './chunk-server.ts';
import { fetchInChunks } from './fetch-in-chunks.ts';
import { FolderShelf } from './folder-shelf.ts';
import { Holdings } from './holdings.ts';
import { HttpSource } from './http-source.ts';

const CHUNK = 16_384;
const bytes = noise(40 * CHUNK + 5, 1);
const artifact = { digest: digestOf(bytes), sizeBytes: bytes.length };
const { signal } = new AbortController();
const PROGRAM = fileURLToPath(new URL('./fetch.fixture.ts', import.meta.url));

let folder: string;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daybook-chunks-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true });
});

async function honestServer(...files: Uint8Array[]): Promise<ChunkServer> {
  const holdings = new Holdings(readableOf(files), CHUNK);
  const honest = await serveChunks({ holdings, host: '127.0.0.1', port: 0, say: () => {} });
  closing.push(honest.close);
  return honest;
}

/** Any other server. */
async function server(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const one = createServer(answer);
  one.listen(0, '127.0.0.1');
  await once(one, 'listening');
  closing.push(async () => {
    const closed = once(one, 'close');
    one.close();
    one.closeAllConnections();
    await closed;
  });
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
}

/** Passes on what the honest one says, changed. */
const relaying = (upstream: string, change: (body: Buffer, url: string) => Buffer, pauseMs = 0) =>
  server((request, response) => {
    const url = request.url ?? '/';
    void (async () => {
      const answer = await fetch(`${upstream}${url}`);
      const body = Buffer.from(await answer.arrayBuffer());
      await delay(pauseMs);
      response.writeHead(answer.status).end(change(body, url));
    })().catch(() => response.destroy());
  });

/** For what hangs; who is to be given up on has less. */
const PATIENCE_MS = 60_000;

const fetching = async (endpoints: readonly string[], firstWithinMs = PATIENCE_MS) =>
  fetchInChunks({
    artifact,
    sources: endpoints.map(
      (endpoint, at) =>
        new HttpSource({ endpoint, timeoutMs: at === 0 ? firstWithinMs : PATIENCE_MS }),
    ),
    shelf: await FolderShelf.open(folder),
    clock: systemClock,
    signal,
  });

const isHere = async (): Promise<boolean> =>
  digestOf(await readFile(join(folder, artifact.digest.slice(7)))) === artifact.digest;

describe('a chunk server', () => {
  it('serves what it holds, to the byte, and nothing else', async () => {
    const { address } = await honestServer(bytes);
    expect(await fetching([address])).toMatchObject({
      right: { from: [{ chunks: 41, bytes: bytes.length }], refused: [] },
    });
    expect(await isHere()).toBe(true);
    expect(await readdir(folder)).toHaveLength(1);
    const status = async (path: string, method = 'GET') =>
      (await fetch(`${address}${path}`, { method })).status;
    const hex = artifact.digest.slice(7);
    expect(await status('/')).toBe(404);
    expect(await status(`/chunks/${hex}/41`)).toBe(404);
    expect(await status(`/chunks/${'0'.repeat(64)}`)).toBe(404);
    expect(await status(`/chunks/../../etc/passwd`)).toBe(404);
    expect(await status(`/chunks/${hex}/-1`)).toBe(404);
    expect(await status(`/pages/${hex}/0/0`)).toBe(404);
    expect(await status(`/chunks/${hex}`, 'POST')).toBe(405);
  });

  it('serves a folder of artifacts in ranges, and what rots there is refused', async () => {
    const store = await openArtifactFolder(join(folder, 'store'));
    await store.put(bytes);
    const holdings = new Holdings(store, CHUNK);
    const serving = await serveChunks({ holdings, host: '127.0.0.1', port: 0, say: () => {} });
    closing.push(serving.close);
    const source = new HttpSource({ endpoint: serving.address });
    await source.list(artifact.digest, signal);
    const hex = artifact.digest.slice(7);
    const rotten = Uint8Array.from(bytes);
    rotten[3 * CHUNK] = (rotten[3 * CHUNK] ?? 0) ^ 1;
    await writeFile(join(folder, 'store', hex.slice(0, 2), hex), rotten);
    const got = await fetching([serving.address]);
    expect(got).toMatchObject({ left: { refused: [{ problem: { code: 'chunk_corrupt' } }] } });
  });

  it('serves single pages of a token stream, proved against the root of their data set', async () => {
    const pageTokens = 32;
    const stream = noise(2 * (pageTokens * 9 + 1), 7);
    const { address } = await honestServer(stream);
    const dataset = {
      dataset: 'd',
      title: 'd',
      tokenizer: artifact,
      vocabSize: 2,
      tokens: { digest: digestOf(stream), sizeBytes: stream.length },
      pageTokens,
      pages: 9,
      heldOutPages: 1,
      pagesRoot: pagesRootOf(stream, pageTokens),
    };
    const source = new HttpSource({ endpoint: address });
    for (const index of [0, 4, 8]) {
      const got = await source.page(dataset, index, signal);
      const start = index * pageTokens * 2;
      expect(got).toMatchObject({ right: { length: 66 } });
      expect(
        'right' in got && Buffer.from(got.right).equals(stream.subarray(start, start + 66)),
      ).toBe(true);
    }
    const wrong = { ...dataset, pagesRoot: '00'.repeat(32) };
    expect(await source.page(wrong, 1, signal)).toMatchObject({ left: { code: 'chunk_corrupt' } });
  });
});

describe('a hostile server is refused, the cursor stays, and the next one is asked', () => {
  const listOf = async (address: string) =>
    (await fetch(`${address}/chunks/${artifact.digest.slice(7)}`)).text();
  type Answer = (response: ServerResponse, list: string, url: string) => void;
  const onChunks =
    (answer: (response: ServerResponse) => void): Answer =>
    (response, list, url) =>
      /\/\d+$/.test(url) ? answer(response) : void response.end(list);

  const cases: [string, string, Answer, number?][] = [
    ['a list that never ends', 'answer_malformed', (response) => void flood(response)],
    ['a list that is no JSON', 'answer_malformed', (response) => void response.end('{')],
    [
      'a list of something else',
      'answer_malformed',
      (response) => void response.end('{"digest":"x"}'),
    ],
    [
      'a list of 2^30 chunks',
      'answer_malformed',
      (response, list) => void response.end(list.replace(/"count":\d+/, '"count":1073741824')),
    ],
    [
      'a redirect',
      'source_unreachable',
      (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    ['an error', 'source_unreachable', (response) => void response.writeHead(500).end()],
    ['nothing at all', 'source_unreachable', () => {}, 150],
    ['a chunk that never ends', 'answer_malformed', onChunks((response) => void flood(response))],
    [
      'a chunk that is too short',
      'answer_malformed',
      onChunks((response) => void response.end('abc')),
    ],
    [
      'a chunk of zeros',
      'chunk_corrupt',
      onChunks((response) => void response.end(new Uint8Array(CHUNK + 32 * 6))),
    ],
    [
      'a chunk byte by byte',
      'source_unreachable',
      onChunks((response) => void drip(response)),
      500,
    ],
    ['a broken connection', 'source_unreachable', onChunks((response) => void response.destroy())],
  ];
  it.each(cases)('%s', async (_, code, answer, withinMs) => {
    const good = await honestServer(bytes);
    const list = await listOf(good.address);
    const bad = await server((request, response) => answer(response, list, request.url ?? ''));
    const got = await fetching([bad, good.address], withinMs);
    expect(got).toMatchObject({ right: { refused: [{ source: bad, problem: { code } }] } });
    expect(await isHere()).toBe(true);
  });
});

async function flood(response: ServerResponse): Promise<void> {
  const part = Buffer.alloc(65_536, 1);
  while (!response.destroyed) if (!response.write(part)) await delay(1);
}

async function drip(response: ServerResponse): Promise<void> {
  while (!response.destroyed) {
    response.write('a');
    await delay(20);
  }
}

describe('a fetch that is killed', () => {
  const run = (endpoints: readonly string[]) => {
    const args = [PROGRAM, folder, artifact.digest, String(artifact.sizeBytes), ...endpoints];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (text: Buffer) => (out += text.toString('utf8')));
    // Closed: all that it printed has been read.
    return { child, ended: once(child, 'close').then(() => out) };
  };
  const cursor = async (): Promise<number> => {
    const text = await readFile(join(folder, `${artifact.digest.slice(7)}.cursor`), 'utf8').catch(
      () => '{"next":0}',
    );
    return (JSON.parse(text) as { next: number }).next;
  };

  it('goes on at its cursor, past a relay that corrupts, to the same bytes', async () => {
    const good = await honestServer(bytes);
    const slow = await relaying(good.address, (body) => body, 15);
    const killed = run([slow]);
    while ((await cursor()) < 6) await delay(5);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const at = await cursor();
    expect(at).toBeGreaterThanOrEqual(6);
    expect(at).toBeLessThan(41);
    const corrupting = await relaying(good.address, (body, url) => {
      if (/\/\d+$/.test(url)) body.writeUInt8(body.readUInt8(body.length - 1) ^ 1, body.length - 1);
      return body;
    });
    const out = await run([corrupting, good.address]).ended;
    expect(JSON.parse(out)).toMatchObject({
      right: {
        resumedAt: at,
        from: [{ name: good.address, chunks: 41 - at }],
        refused: [{ source: corrupting, problem: { code: 'chunk_corrupt' } }],
      },
    });
    expect(await isHere()).toBe(true);
  });

  it('begins anew where its files do not fit together, and is not misled by them', async () => {
    const good = await honestServer(bytes);
    const hex = artifact.digest.slice(7);
    const shelf = await FolderShelf.open(folder);
    const got = await new HttpSource({ endpoint: good.address }).list(artifact.digest, signal);
    const list = 'right' in got ? got.right : expect.unreachable();
    for (const spoil of [
      () => truncate(join(folder, `${hex}.part`), 10),
      () => writeFile(join(folder, `${hex}.cursor`), '{"next":'),
      () => writeFile(join(folder, `${hex}.cursor`), JSON.stringify({ ...list, next: 99 })),
      () => writeFile(join(folder, `${hex}.part`), noise(CHUNK * 8, 5)),
    ]) {
      await shelf.begin(list);
      for (let index = 0; index < 8; index += 1)
        await shelf.add(list, index, bytes.subarray(index * CHUNK, (index + 1) * CHUNK));
      await spoil();
      expect(await fetching([good.address])).toMatchObject({ right: { refused: [] } });
      expect(await isHere()).toBe(true);
      await shelf.remove(artifact.digest);
    }
  });
});
