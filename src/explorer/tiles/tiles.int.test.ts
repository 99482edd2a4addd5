/** The ledger in tiles over real HTTP, under heads that a real authority signs. */
import { gunzipSync } from 'node:zlib';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, describe, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { parseCheckpoint, verifyCheckpoint } from '../../events/checkpoint.ts';
import { parseWitnessKeys } from '../../events/cosignature.ts';
import { leafHash } from '../../events/merkle.ts';
import { verifierKeyOf } from '../../events/note.ts';
import { verifyInclusionProof } from '../../events/proof-text.ts';
import { consistencyProof, inclusionProof } from '../../events/proofs.ts';
import { runAuthority } from '../../roles/authority.ts';
import { verifyPrefixProof } from '../../events/prefix-proof.ts';
import { checkQuorum } from '../../roles/proofs/quorum.ts';
import { proveInclusion, provePrefixes } from '../../roles/proofs/signed-tree.ts';
import { currentAssignments } from '../../projections/books.ts';
import { fetchCheckpoint, fetchEntry, fetchTree } from '../../roles/proofs/tile-client.ts';
import { WitnessHeads } from '../../roles/witness/heads.ts';
import { trustedLogs } from '../../roles/witness/judge.ts';
import { serveWitness } from '../../roles/witness/server.ts';
import { keyNamed, LEDGER } from '../../testing/desk.ts';
import { signer, verifierKey } from '../../testing/signed-story.ts';
import { tellAll, StoryLedger } from '../../testing/story-ledger.ts';
import type { ExplorerOptions } from '../server.ts';
import { startExplorer } from '../server.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
const right = <T>(result: E.Either<{ readonly message: string } | string, T>): T => {
  if (E.isLeft(result))
    throw new Error(typeof result.left === 'string' ? result.left : result.left.message);
  return result.right;
};

/** Its authority serves, at a time when nothing is due. */
async function served(ledger: StoryLedger): Promise<void> {
  const parts = await openLedger('memory:', LEDGER, { memory: ledger.world });
  const { clockMs } = ledger.story.desk.books.ledger;
  const clock = { ...systemClock, nowMs: () => clockMs };
  const stop = new AbortController();
  const serving = runAuthority({ ...parts, clock, key: signer }, stop.signal);
  closing.push(async () => {
    stop.abort();
    await serving;
  });
}

async function explorerOf(ledger: StoryLedger, more: Partial<ExplorerOptions> = {}) {
  const { log, channel } = await openLedger('memory:', LEDGER, { memory: ledger.world });
  const explorer = await startExplorer({ log, channel, port: 0, ...more });
  closing.push(() => explorer.close());
  return explorer.address;
}

const told = async (): Promise<StoryLedger> => {
  const ledger = new StoryLedger();
  await tellAll(ledger);
  return ledger;
};

async function bytesAt(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  expect([url, answer.status]).toEqual([url, 200]);
  return Buffer.from(await answer.arrayBuffer());
}

describe('the tiles of a ledger', () => {
  it('are those of the signed head, byte for byte, and may be kept for ever', async () => {
    const ledger = await told();
    await served(ledger);
    const address = await explorerOf(ledger);
    const { lines } = ledger.story.desk;
    const answer = await fetch(`${address}/checkpoint`);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    const head = right(verifyCheckpoint(verifierKey, await answer.text()));
    expect(head.size).toBe(lines.length);
    expect(head.size).toBeGreaterThan(256);
    const leaves = lines.map((line) => leafHash(line));
    const width = head.size - 256;
    const tile = await fetch(`${address}/tile/0/000`);
    expect(tile.headers.get('content-type')).toBe('application/octet-stream');
    expect(tile.headers.get('cache-control')).toContain('immutable');
    expect(Buffer.from(await tile.arrayBuffer())).toEqual(Buffer.concat(leaves.slice(0, 256)));
    const last = Buffer.concat(leaves.slice(256));
    expect(await bytesAt(`${address}/tile/0/001.p/${width}`)).toEqual(last);
    expect(await bytesAt(`${address}/tile/0/001.p/3`)).toEqual(last.subarray(0, 96));
    expect(await bytesAt(`${address}/tile/0/000.p/3`)).toEqual(Buffer.concat(leaves.slice(0, 3)));
    expect((await bytesAt(`${address}/tile/1/000.p/1`)).byteLength).toBe(32);
    const ndjson = Buffer.concat(lines.slice(256).flatMap((line) => [line, Buffer.from('\n')]));
    expect(await bytesAt(`${address}/lines/001.p/${width}`)).toEqual(ndjson);
    // fetch undoes gzip by itself; the bytes on the wire are looked at below.
    const bundle = await bytesAt(`${address}/tile/entries/001.p/${width}`);
    let at = 0;
    for (const line of lines.slice(256)) {
      expect(bundle.readUInt16BE(at)).toBe(line.byteLength);
      expect(bundle.subarray(at + 2, at + 2 + line.byteLength)).toEqual(Buffer.from(line));
      at += 2 + line.byteLength;
    }
    expect(at).toBe(bundle.byteLength);
    for (const missing of [
      `/tile/0/001`,
      `/tile/0/001.p/${width + 1}`,
      '/tile/0/002.p/1',
      '/tile/1/000.p/2',
      '/tile/2/000.p/1',
      '/tile/0/1',
      '/tile/entries/002',
      '/tile/entries/000.p/0',
      '/lines/x000/000',
      '/lines/',
      '/tile/',
    ])
      expect([missing, (await fetch(address + missing)).status]).toEqual([missing, 404]);
    expect((await fetch(`${address}/tile/0/000?x=1`)).status).toBe(400);
    expect((await fetch(`${address}/tile/0/000`, { method: 'POST' })).status).toBe(405);
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(metrics).toMatch(/route="\/tile\/\{level\}\/\{index\}"/);
    expect(metrics).not.toContain('/tile/0');
  });

  it('are enough for a light client to prove any entry and any growth', async () => {
    const ledger = await told();
    await served(ledger);
    const address = await explorerOf(ledger);
    const checkpoint = right(await fetchCheckpoint(address));
    const { lines } = ledger.story.desk;
    for (const index of [0, 7, 255, 256, 400, lines.length - 1]) {
      const tree = right(
        await fetchTree(address, checkpoint, (subtree, size) => {
          subtree(0, index);
          inclusionProof(index, size, subtree);
        }),
      );
      const entry = right(await fetchEntry(address, index, tree));
      expect(Buffer.from(entry)).toEqual(Buffer.from(lines[index] as Uint8Array));
      expect(
        right(verifyInclusionProof(verifierKey, entry, proveInclusion(tree, index))),
      ).toMatchObject({ index });
    }
    for (const old of [1, 200, 256, 300, lines.length]) {
      const use = (subtree: Parameters<typeof consistencyProof>[2], size: number) => {
        consistencyProof(old, size, subtree);
        consistencyProof(old, old, subtree);
      };
      const tree = right(
        await fetchTree(address, checkpoint, (subtree, size) => {
          use(subtree, size);
          inclusionProof(0, old, subtree);
          subtree(0, 0);
        }),
      );
      expect(
        right(verifyPrefixProof(verifierKey, provePrefixes(tree, [old]))).prefixes,
      ).toMatchObject([{ size: old, root: ledger.story.treeAt(old).root() }]);
    }
  });

  it('are not shown without a signed head', async () => {
    const ledger = await told();
    const address = await explorerOf(ledger, { channel: undefined as never });
    for (const path of ['/checkpoint', '/tile/0/000']) {
      const answer = await fetch(address + path);
      expect([answer.status, await answer.json()]).toMatchObject([
        503,
        { error: { code: 'no_checkpoint' } },
      ]);
    }
  });

  it('cannot bundle an entry above 64 KiB; its line is served', async () => {
    const ledger = new StoryLedger();
    const [held] = currentAssignments(ledger.story.window);
    if (held === undefined) throw new Error('a window has assignments');
    ledger.story.claim(held);
    const trace = Array.from({ length: 1200 }, () => 'ab'.repeat(32));
    ledger.story.submit(held, 6_238_000, undefined, trace);
    await ledger.save();
    await served(ledger);
    const address = await explorerOf(ledger);
    const { lines } = ledger.story.desk;
    const long = lines.findIndex((line) => line.byteLength > 0xffff);
    expect(long).toBeGreaterThan(0);
    const tile = String(Math.floor(long / 256)).padStart(3, '0');
    const inTile = Math.floor(long / 256) * 256;
    const width = Math.min(256, lines.length - inTile);
    const suffix = width === 256 ? tile : `${tile}.p/${width}`;
    await fetch(`${address}/checkpoint`);
    const bundle = await fetch(`${address}/tile/entries/${suffix}`);
    expect([bundle.status, await bundle.json()]).toMatchObject([
      404,
      { error: { code: 'entry_too_long' } },
    ]);
    const shown = (await bytesAt(`${address}/lines/${suffix}`)).toString().split('\n');
    expect(shown[long - inTile]).toBe(Buffer.from(lines[long] as Uint8Array).toString());
  });
});

describe('the published head', () => {
  const key = keyNamed('witness');
  const name = 'witness.example/w1';
  const witnessKey = verifierKeyOf(name, key.actor, 'cosignatureV1');

  async function aWitness(port = 0): Promise<{ address: string; close: () => Promise<void> }> {
    const heads = WitnessHeads.open(':memory:', key.actor, { create: true });
    const server = await serveWitness({
      key,
      name,
      logs: right(trustedLogs([verifierKey])),
      heads,
      nowMs: systemClock.nowMs,
      onFork: () => undefined,
      host: '127.0.0.1',
      port,
      say: () => undefined,
    });
    return {
      address: server.address,
      close: async () => {
        await server.close();
        heads.close();
      },
    };
  }

  it('carries the cosignatures of its quorum, or there is none', async () => {
    const ledger = new StoryLedger();
    await ledger.save();
    await served(ledger);
    const witness = await aWitness();
    const keys = right(parseWitnessKeys([witnessKey]));
    const witnesses = { urls: [witness.address], keys, quorum: 1 };
    const address = await explorerOf(ledger, { witnesses });
    const first = right(await fetchCheckpoint(address));
    expect(right(checkQuorum(first, { keys, count: 1 }))).toContain(name);
    await witness.close();
    // The one that was cosigned stands; an explorer that never got one shows none.
    expect(right(await fetchCheckpoint(address))).toBe(first);
    const late = await explorerOf(ledger, { witnesses });
    expect((await fetch(`${late}/checkpoint`)).status).toBe(503);
  });

  it('grows with the ledger, and its witness follows', async () => {
    const ledger = new StoryLedger();
    await ledger.save();
    const witness = await aWitness();
    closing.push(() => witness.close());
    const keys = right(parseWitnessKeys([witnessKey]));
    const witnesses = { urls: [witness.address], keys, quorum: 1 };
    const sizes: number[] = [];
    const losses = [6_238_000, 5_601_000, 5_130_000, 4_790_000];
    for (const [round, before] of losses.slice(0, 3).entries()) {
      ledger.story.play(before, losses[round + 1] ?? 0);
      await ledger.save();
      await served(ledger);
      // A fresh explorer each time has to learn what the witness has seen.
      const address = await explorerOf(ledger, { witnesses });
      const note = right(await fetchCheckpoint(address));
      expect(E.isRight(checkQuorum(note, { keys, count: 1 }))).toBe(true);
      sizes.push(right(parseCheckpoint(note)).size);
      for (const close of closing.splice(1).toReversed()) await close();
    }
    expect(sizes).toEqual([...new Set(sizes)].toSorted((a, b) => a - b));
  });
});

it('compresses bundles for those who can read it', async () => {
  const ledger = await told();
  await served(ledger);
  const address = await explorerOf(ledger);
  await fetch(`${address}/checkpoint`);
  const { get } = await import('node:http');
  const answer = await new Promise<{ encoding: string | undefined; bytes: Buffer }>((resolve) => {
    get(`${address}/tile/entries/000`, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ encoding: response.headers['content-encoding'], bytes: Buffer.concat(parts) }),
      );
    });
  });
  expect(answer.encoding).toBe('gzip');
  const plain = gunzipSync(answer.bytes);
  expect(plain.readUInt16BE(0)).toBe(ledger.story.desk.lines[0]?.byteLength);
  expect(plain.byteLength).toBeGreaterThan(2 * answer.bytes.byteLength);
});
