import { expect, it } from 'vitest';
import { openArtifacts } from './artifacts.ts';
import { openChannel } from './channel.ts';
import { openLog } from './event-log.ts';
import { openLeadership } from './leadership.ts';
import { VirtualClock } from './virtual-clock.ts';
import { MemoryWorld } from './world.ts';
import { describeArtifacts } from '../../testing/contracts/artifacts.ts';
import { describeChannel } from '../../testing/contracts/channel.ts';
import { describeEventLog } from '../../testing/contracts/event-log.ts';
import { describeLeadership } from '../../testing/contracts/leadership.ts';
import type { ActorId, LedgerId } from '../../events/ids.ts';

const LEDGER = 'memory-test' as LedgerId;

describeEventLog('memory', async () => {
  const world = new MemoryWorld(new VirtualClock(0));
  return { openLog: async () => openLog(world, LEDGER), close: async () => undefined };
});

describeArtifacts('memory', async () => {
  const world = new MemoryWorld(new VirtualClock(0));
  return {
    openArtifacts: async () => openArtifacts(world, LEDGER),
    corrupt: async (digest, bytes) => {
      world.ledger(LEDGER).artifacts.set(digest, bytes);
    },
    close: async () => undefined,
  };
});

describeChannel('memory', async () => {
  const clock = new VirtualClock(1_000);
  const world = new MemoryWorld(clock);
  return {
    openChannel: async () => openChannel(world, LEDGER),
    elapse: (ms) => clock.advance(ms),
    close: async () => undefined,
  };
});

describeLeadership('memory', async () => {
  const world = new MemoryWorld(new VirtualClock(0));
  return {
    openLeadership: async () => openLeadership(world, LEDGER),
    close: async () => undefined,
  };
});

it('keeps worlds and ledgers apart', async () => {
  const worlds = [0, 1].map(() => new MemoryWorld(new VirtualClock(0)));
  const [here, there] = worlds as [MemoryWorld, MemoryWorld];
  const { digest } = await openArtifacts(here, LEDGER).put(new Uint8Array([1]));
  expect(await openArtifacts(here, 'other' as LedgerId).has(digest)).toBe(false);
  expect(await openArtifacts(there, LEDGER).has(digest)).toBe(false);
});

it('forgets acknowledged steps after the dedupe horizon, and not before', async () => {
  const clock = new VirtualClock(0);
  const world = new MemoryWorld(clock);
  const channel = openChannel(world, LEDGER);
  const worker = 'UWORKER' as ActorId;
  const stop = new AbortController();
  const steps = channel.steps(worker, { redeliverAfterMs: 1_000 }, stop.signal);
  const iterator = steps[Symbol.asyncIterator]();
  await channel.publishStep(worker, 's', new Uint8Array());
  await (await iterator.next()).value.ack();
  await clock.advance(2 * 60_000);
  await channel.publishStep(worker, 's', new Uint8Array());
  expect(world.ledger(LEDGER).steps.get(worker)).toEqual([]);
  await clock.advance(60 * 60_000);
  await channel.publishStep(worker, 's', new Uint8Array());
  expect((await iterator.next()).value).toMatchObject({ stepId: 's', attempt: 1 });
  stop.abort();
});
