/**
 * Loads for the benchmark of durable appends: raw publishing and adapter appends under the same window,
 * and open-loop arrivals. A window is how many are in flight at once.
 */
import assert from 'node:assert';
import type { JetStreamClient } from '@nats-io/jetstream';
import { isRight } from 'fp-ts/lib/Either.js';
import { subjectsOf } from '../src/adapters/nats/declarations.ts';
import type { EventLog } from '../src/commands/ports/event-log.ts';
import type { Commit } from '../src/events/commit.ts';
import type { LedgerId, LogPosition } from '../src/events/ids.ts';

/** Seconds that all of the sends take with so many in flight. */
export async function windowed(
  sends: readonly (() => Promise<unknown>)[],
  window: number,
): Promise<number> {
  const start = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < sends.length) {
      const send = sends[next] as () => Promise<unknown>;
      next += 1;
      await send();
    }
  };
  await Promise.all(Array.from({ length: window }, lane));
  return (performance.now() - start) / 1000;
}

export const published = (js: JetStreamClient, ledger: LedgerId, commits: readonly Commit[]) => {
  const subject = subjectsOf(ledger).log;
  return commits.map(
    ({ id, payload }) =>
      () =>
        js.publish(subject, payload, { msgID: id }),
  );
};

export const appended = (log: EventLog, commits: readonly Commit[]) =>
  commits.map((commit, n) => async () => {
    const previous = n === 0 ? null : (commits[n - 1] as Commit).id;
    const stored = await log.append(commit, n as LogPosition, previous);
    assert(isRight(stored), 'nobody else appends');
  });

export const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] as number;

/** Exponential, from a fixed seed: the same arrivals for everything that is compared. */
function* gaps(perSecond: number): Generator<number> {
  for (let state = 1; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield (-Math.log((state + 1) / 2 ** 32) / perSecond) * 1000;
  }
}

/**
 * Open loop: a send when its time has come, whatever became of those before it; times are random.
 * Answers the times in ms from when each was due to its answer.
 */
export async function openLoop(
  sends: readonly (() => Promise<unknown>)[],
  perSecond: number,
): Promise<number[]> {
  const latencies: number[] = [];
  const timed = async (send: () => Promise<unknown>, dueMs: number): Promise<void> => {
    await send();
    latencies.push(performance.now() - dueMs);
  };
  const pending: Promise<void>[] = [];
  const gap = gaps(perSecond);
  let dueMs = performance.now();
  for (const send of sends) {
    dueMs += gap.next().value as number;
    // Asleep, not spinning: the server may need this core. Being late is in what is measured.
    while (performance.now() < dueMs) await new Promise((resolve) => setTimeout(resolve, 1));
    pending.push(timed(send, dueMs));
  }
  await Promise.all(pending);
  return latencies;
}
