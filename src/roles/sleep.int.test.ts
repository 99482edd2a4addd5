/** A machine that sleeps through its leases: everybody expires at once, and no work is lost for it. */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import type { LedgerId } from '../events/ids.ts';
import { splitRecording } from '../events/recording.ts';
import { playWholeRun, tinyPlan } from '../testing/whole-run.ts';
import { Rebuild } from './rebuild.ts';

const ledger = 'sleep' as LedgerId;
const EXPIRE_MS = 900;

it('goes on with sessions of its own, long before claims and panels run out', async () => {
  const memory = new MemoryWorld(systemClock);
  const asleep = new Set<string>();
  const recorded = await playWholeRun({
    ledger,
    open: () => openLedger('memory:', ledger, { memory }),
    plan: { ...tinyPlan, windows: 1 },
    policy: {
      liveness: {
        ...seedPolicy.liveness,
        heartbeatMs: 100,
        staleAfterMs: EXPIRE_MS / 2,
        expireAfterMs: EXPIRE_MS,
      },
    },
    // The process stops in the middle of the first read of each kind of node: authority and all.
    storeOf: (name, artifacts) => ({
      get: async (digest) => {
        const kind = name.split('-')[0] ?? name;
        if (!asleep.has(kind)) {
          asleep.add(kind);
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EXPIRE_MS + 300);
        }
        return artifacts.get(digest);
      },
      put: (bytes) => artifacts.put(bytes),
      has: (digest) => artifacts.has(digest),
      list: () => artifacts.list(),
      close: () => artifacts.close(),
    }),
  });
  const rebuild = new Rebuild();
  for (const line of splitRecording(recorded.ndjson)) rebuild.add(line);
  const { members, runs, windows } = rebuild.books;
  expect(runs['tiny']?.revisions.length).toBe(2);
  expect(Object.values(members).filter(({ session }) => session > 1).length).toBeGreaterThan(3);
  const held = Object.values(windows['tiny/0']?.assignments ?? {});
  expect(held.filter(({ disposition }) => disposition === 'accepted').length).toBe(2);
});
