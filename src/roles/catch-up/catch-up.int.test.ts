/** Runs under terms for catching up, with real kernels on the memory log. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { MemoryWorld } from '../../adapters/memory/world.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { DataOfType } from '../../events/catalogue.ts';
import type { LedgerId } from '../../events/ids.ts';
import { decodeEntry } from '../../events/entry.ts';
import { splitRecording } from '../../events/recording.ts';
import type { ArtifactRef } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { digestNamed, keyNamed } from '../../testing/desk.ts';
import { playWholeRun, tinyPlan } from '../../testing/whole-run.ts';
import { audit } from '../audit/audit.ts';
import { WeightsAudit } from '../audit/weights.ts';
import type { Recording } from '../export.ts';
import type { Duties } from '../node.ts';
import { ThreadLane } from '../thread-lane.ts';
import { FolderShelf } from '../transfer/folder-shelf.ts';
import { WorkerDuties } from '../worker.ts';
import { Seed } from './seeding.ts';
import { allSources, storeSources } from './sources.ts';
import { StateKeeper } from './state-keeper.ts';

const ledger = 'late' as LedgerId;
const catchUp = { ...seedNetworkPolicy.catchUp, chunkBytes: 4096 };

const entriesOf = ({ ndjson }: Recording) =>
  [...splitRecording(ndjson)].map((line) => {
    const entry = decodeEntry(line);
    if (isLeft(entry)) throw new Error(entry.left.message);
    return entry.right;
  });

function completionsIn(recorded: Recording) {
  return entriesOf(recorded)
    .filter(({ type }) => type === 'daybook.catchup.completed.v1')
    .map(({ data }) => data as DataOfType<'daybook.catchup.completed.v1'>);
}

it('goes as without them, every claim shows its state, and audits to the byte', async () => {
  const world = new MemoryWorld(systemClock);
  const open = () => openLedger('memory:', ledger, { memory: world });
  const recorded = await playWholeRun({ ledger, open, policy: { catchUp } });
  const types = entriesOf(recorded).map(({ type }) => type);
  expect(types).not.toContain('daybook.assignment.claimed.v1');
  expect(types).toContain('daybook.assignment.claimed.v2');
  const completions = completionsIn(recorded);
  expect(completions.length).toBeGreaterThanOrEqual(2);
  for (const { mode, sources, bytes, chunksRefused } of completions) {
    expect([mode, sources, chunksRefused]).toEqual(['overlapped', ['store'], 0]);
    expect(bytes).toBeGreaterThan(4096);
  }
  const lane = await ThreadLane.open('reference', 1);
  const { artifacts, close } = await open();
  try {
    const report = await audit({
      ...recorded,
      weights: new WeightsAudit(artifacts, [lane]),
      nowMs: systemClock.nowMs,
      onCheck: () => {},
      onProgress: () => {},
    });
    expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
    expect(report.books?.runs[tinyPlan.run]?.state).toBe('completed');
  } finally {
    await lane.close();
    await close();
  }
});

/** Passes a server's answers on, changed, or slowly. */
async function relay(
  upstream: () => string,
  change: (body: Buffer, url: string) => void,
  pauseMs = 0,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const one = createServer((request, response) => {
    const url = request.url ?? '/';
    void (async () => {
      const answer = await fetch(`${upstream()}${url}`);
      const body = Buffer.from(await answer.arrayBuffer());
      change(body, url);
      await delay(pauseMs);
      response.writeHead(answer.status).end(body);
    })().catch(() => response.destroy());
  });
  one.listen(0, '127.0.0.1');
  await once(one, 'listening');
  return {
    address: `http://127.0.0.1:${(one.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(one, 'close');
      one.close();
      one.closeAllConnections();
      await closed;
    },
  };
}

const PROGRAM = fileURLToPath(new URL('../transfer/fetch.fixture.ts', import.meta.url));

/** A process that fetches an artifact into the folder, killed once it has come so far. */
async function killedFetch(folder: string, { digest, sizeBytes }: ArtifactRef, endpoint: string) {
  const args = [PROGRAM, folder, digest, String(sizeBytes), endpoint];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const cursor = join(folder, `${digest.slice(7)}.cursor`);
  for (;;) {
    const text = await readFile(cursor, 'utf8').catch(() => '{"next":0}');
    if ((JSON.parse(text) as { next: number }).next >= 5) break;
    await delay(2);
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-joiner-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('a late joiner comes by way of peers alone: past a corrupting relay, on after a kill, and works', () =>
  inFolder(async (folder) => {
    const terms = { ...catchUp, chunkBytes: 1024 };
    const world = new MemoryWorld(systemClock);
    const first = await FolderShelf.open(join(folder, 'first'));
    const host = '127.0.0.1';
    const say = (): void => {};
    const seed = await Seed.open({ shelf: first, host, port: 0, endpoint: null, say });
    const upstream = (): string => seed.address;
    const corrupting = await relay(upstream, (body, url) => {
      if (/\/\d+$/.test(url)) body.writeUInt8(body.readUInt8(body.length - 1) ^ 1, body.length - 1);
    });
    const slow = await relay(upstream, () => {}, 10);
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const seeding = new WorkerDuties(undefined, {
      mode: 'overlapped',
      keeper: new StateKeeper({ shelf: first, sourcesOf: storeSources() }),
      onReached: async (state, node, signal) => {
        await seed.offer(state, node, signal);
        // The run must not go on while the joiner is on its way.
        if (state.revision >= 2) await gate;
      },
    });
    const shelf = await FolderShelf.open(join(folder, 'late'));
    const joining = new WorkerDuties(undefined, {
      mode: 'blocking',
      keeper: new StateKeeper({ shelf, sourcesOf: allSources([corrupting.address]) }),
      onReached: async () => open(),
    });
    let wanted: ArtifactRef | undefined;
    const late: Duties = {
      perform: (step, node, signal) => joining.perform(step, node, signal),
      beside: (node, signal) => joining.beside(node, signal),
      prepare: async (node, signal) => {
        const books = await node.follower.until(({ runs, chunks }) => {
          wanted = runs['tiny']?.revisions[2]?.checkpoint;
          return Object.values(chunks ?? {}).some((offers) => wanted && offers[wanted.digest]);
        }, signal);
        expect(books.runs['tiny']?.revisions).toHaveLength(3);
        if (wanted !== undefined) await killedFetch(join(folder, 'late'), wanted, slow.address);
        await joining.prepare(node, signal);
      },
    };
    try {
      const recorded = await playWholeRun({
        ledger,
        open: () => openLedger('memory:', ledger, { memory: world }),
        policy: { catchUp: terms },
        plan: { ...tinyPlan, windows: 4, slots: 3 },
        workers: { 'worker-1': seeding, 'worker-2': new WorkerDuties(), 'worker-3': late },
        // What the joiner starts from it can have from peers only.
        storeOf: (name, artifacts) =>
          name !== 'worker-3'
            ? artifacts
            : {
                put: (bytes) => artifacts.put(bytes),
                has: (digest) => artifacts.has(digest),
                list: () => artifacts.list(),
                close: () => artifacts.close(),
                get: async (digest) => {
                  if (digest !== wanted?.digest) return artifacts.get(digest);
                  throw new Fault('artifact_missing', digest, { retryable: false });
                },
              },
      });
      const { actor } = keyNamed('worker-3');
      const [own] = entriesOf(recorded).filter(
        (entry) => entry.type === 'daybook.catchup.completed.v1' && entry.actor === actor,
      );
      expect(own?.data).toMatchObject({
        revision: 2,
        checkpoint: wanted?.digest,
        mode: 'blocking',
        sources: ['kept', 'peer'],
        chunksRefused: 1,
        revisionsCrossed: 0,
      });
      const { bytes } = must(own, 'completion').data as DataOfType<'daybook.catchup.completed.v1'>;
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThanOrEqual((wanted?.sizeBytes ?? 0) - 5 * terms.chunkBytes);
      const joined = entriesOf(recorded).findIndex(
        (entry) => entry.type === 'daybook.participant.joined.v1' && entry.actor === actor,
      );
      expect(joined).toBeGreaterThan(0);
      const resolved = entriesOf(recorded).flatMap(({ type, data }) =>
        type === 'daybook.challenge.resolved.v1'
          ? [data as DataOfType<'daybook.challenge.resolved.v1'>]
          : [],
      );
      const mine = entriesOf(recorded).flatMap((entry) =>
        entry.type === 'daybook.assignment.claimed.v2' && entry.actor === actor
          ? [(entry.data as DataOfType<'daybook.assignment.claimed.v2'>).assignment]
          : [],
      );
      const outcomes = resolved.filter(({ assignment }) => mine.includes(assignment));
      expect(outcomes.length).toBeGreaterThan(0);
      expect(outcomes.map(({ disposition }) => disposition)).toEqual(
        outcomes.map(() => 'accepted'),
      );
    } finally {
      await Promise.all([corrupting.close(), slow.close()]);
      await seed.close();
    }
  }));

it('a worker whose state has drifted is refused by itself and by the ledger, and goes on', () =>
  inFolder(async (folder) => {
    const world = new MemoryWorld(systemClock);
    const said: string[] = [];
    const shelf = await FolderShelf.open(folder);
    const honest = new WorkerDuties(undefined, {
      mode: 'last-stable',
      keeper: new StateKeeper({ shelf, sourcesOf: storeSources() }),
    });
    /** Every file on the shelf has one bit flipped before each training. */
    const drifting: Duties = {
      prepare: (node, signal) => honest.prepare(node, signal),
      beside: (node, signal) => honest.beside(node, signal),
      perform: async (step, node, signal) => {
        for (const digest of step.kind === 'train' ? await shelf.digests() : []) {
          const file = join(folder, digest.slice(7));
          const bytes = await readFile(file);
          bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
          await writeFile(file, bytes);
        }
        const say = (line: string): void => void said.push(line);
        await honest.perform(step, { ...node, say }, signal);
      },
    };
    const refusals: string[] = [];
    const other = new WorkerDuties();
    /** Claims with a digest that its bytes do not have, before it claims with the one they have. */
    const lying: Duties = {
      prepare: (node, signal) => other.prepare(node, signal),
      beside: (node, signal) => other.beside(node, signal),
      perform: (step, node, signal) => {
        const client = Object.create(node.client) as typeof node.client;
        client.send = async (id, fact, until) => {
          if (fact.type === 'daybook.assignment.claimed.v2') {
            const data = { ...fact.data, checkpoint: digestNamed('drifted') };
            const reply = await node.client.send(`${id}-lie`, { ...fact, data }, until);
            refusals.push(reply.status === 'refused' ? reply.code : reply.status);
          }
          return node.client.send(id, fact, until);
        };
        return other.perform(step, { ...node, client }, signal);
      },
    };
    const recorded = await playWholeRun({
      ledger,
      open: () => openLedger('memory:', ledger, { memory: world }),
      policy: { catchUp },
      workers: { 'worker-1': drifting, 'worker-2': lying },
    });
    expect(said.filter((line) => line.includes('has drifted to')).length).toBeGreaterThan(0);
    expect(new Set(refusals)).toEqual(new Set(['state_drifted']));
    const claims = entriesOf(recorded).filter(({ type }) =>
      type.startsWith('daybook.assignment.claimed'),
    );
    expect(new Set(claims.map(({ actor }) => actor)).size).toBe(2);
    const accepted = entriesOf(recorded).flatMap(({ type, data }) =>
      type === 'daybook.challenge.resolved.v1'
        ? [(data as DataOfType<'daybook.challenge.resolved.v1'>).disposition]
        : [],
    );
    expect(new Set(accepted)).toEqual(new Set(['accepted']));
    const modes = completionsIn(recorded).map(({ mode }) => mode);
    expect(modes).toContain('last-stable');
  }));
