/**
 * Keeping up by outer steps of one's own, with real kernels: where deltas are encoded a worker moves
 * from revision to revision on a fraction of a checkpoint's bytes, and comes to the same bits.
 */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../../adapters/memory/world.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import { sparseEncoding } from '../../testing/desk.ts';
import { playWholeRun, tinyPlan } from '../../testing/whole-run.ts';
import { MemoryShelf } from '../transfer/shelf.ts';
import { WorkerDuties } from '../worker.ts';
import { storeSources } from './sources.ts';
import type { ReachedState } from './state-keeper.ts';
import { StateKeeper } from './state-keeper.ts';

it('a worker crosses windows by the deltas that count, each to the digest on record', async () => {
  const ledger = 'crossing' as LedgerId;
  const world = new MemoryWorld(systemClock);
  const reached: ReachedState[] = [];
  let books: Books | undefined;
  const shelf = new MemoryShelf();
  const keeper = new StateKeeper({ shelf, sourcesOf: storeSources() });
  const crossing = new WorkerDuties(undefined, {
    mode: 'overlapped',
    keeper,
    onReached: async (state, node) => {
      reached.push(state);
      books = node.follower.books;
    },
  });
  /** Its outer steps come out one bit off: it must not use them. */
  const drifted: ReachedState[] = [];
  const drifting = new WorkerDuties(undefined, {
    mode: 'last-stable',
    keeper: new StateKeeper({ shelf: new MemoryShelf(), sourcesOf: storeSources() }),
    onReached: async (state) => void drifted.push(state),
  });
  await playWholeRun({
    ledger,
    open: () => openLedger('memory:', ledger, { memory: world }),
    policy: {
      catchUp: { ...seedNetworkPolicy.catchUp, chunkBytes: 1024 },
      // Every window leads to a revision.
      promotion: { acceptGainBps: -900_000, rejectGainBps: -1_000_000 },
    },
    plan: {
      ...tinyPlan,
      windows: 4,
      slots: 2,
      encoding: { ...sparseEncoding, tile: 16, top: 8 },
    },
    workers: { 'worker-1': crossing, 'worker-2': drifting },
    laneOf: (name, lane) =>
      name !== 'worker-2'
        ? lane
        : {
            info: lane.info,
            close: () => lane.close(),
            run: async (job, input) => {
              const result = await lane.run(job, input);
              if (job === 'outerStep') {
                const { checkpoint } = result as { checkpoint: Uint8Array };
                checkpoint[checkpoint.length - 1] = (checkpoint.at(-1) ?? 0) ^ 1;
              }
              return result;
            },
          },
  });
  const revisions = books?.runs['tiny']?.revisions ?? [];
  const digestOfRevision = (revision: number) => revisions[revision]?.checkpoint.digest;
  const crossed = reached.filter(({ receipt }) => receipt.revisionsCrossed > 0);
  expect(crossed.length).toBeGreaterThan(1);
  for (const { revision, digest, receipt } of crossed) {
    expect(digest).toBe(digestOfRevision(revision));
    expect(receipt.bytes).toBeGreaterThan(0);
    expect(receipt.bytes).toBeLessThan((revisions[revision]?.checkpoint.sizeBytes ?? 0) / 2);
  }
  // The other one fetched what it could not compute, and worked on it.
  expect(new Set(drifted.map(({ revision }) => revision)).size).toBeGreaterThan(1);
  for (const { revision, digest, receipt } of drifted) {
    expect(digest).toBe(digestOfRevision(revision));
    expect(receipt.revisionsCrossed).toBe(0);
  }
});
