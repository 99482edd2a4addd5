/**
 * What can befall one authority among several, for tests on virtual time: its register or its log
 * out of reach, answers lost, its process stopped for a while.
 */
import type { Clock } from '../commands/ports/clock.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Leadership } from '../commands/ports/leadership.ts';

export class Mishaps {
  /** Nothing gets through, either way. */
  cut = false;
  /** Nothing comes back: what was asked for is done all the same. */
  deaf = false;
  #resume: (() => void)[] | null = null;

  /** As SIGSTOP does: its timers and answers wait until it goes on. */
  stop(): void {
    this.#resume ??= [];
  }

  /** What is due comes one after the other, as the timers of a process do. */
  async goOn(): Promise<void> {
    const waiting = this.#resume ?? [];
    this.#resume = null;
    for (const wake of waiting) {
      wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async untilRunning(): Promise<void> {
    while (this.#resume !== null) {
      const waiting = this.#resume;
      await new Promise<void>((wake) => waiting.push(wake));
    }
  }

  /** A call of this authority, as the world lets it be. */
  async call<T>(what: () => Promise<T>): Promise<T> {
    await this.untilRunning();
    const away = (): Fault => new Fault('channel_unavailable', 'away', { retryable: true });
    if (this.cut) throw away();
    const answer = await what();
    await this.untilRunning();
    if (this.deaf || this.cut) throw away();
    return answer;
  }
}

export const leadershipIn = (mishaps: Mishaps, leadership: Leadership): Leadership => ({
  self: leadership.self,
  look: () => mishaps.call(() => leadership.look()),
  claim: (leaseMs, revision) => mishaps.call(() => leadership.claim(leaseMs, revision)),
  release: (revision) => mishaps.call(() => leadership.release(revision)),
  close: () => leadership.close(),
});

export const clockIn = (mishaps: Mishaps, clock: Clock): Clock => ({
  nowMs: () => clock.nowMs(),
  sleep: async (ms, signal) => {
    await clock.sleep(ms, signal);
    await mishaps.untilRunning();
  },
  alarm: (ms, ring) => clock.alarm(ms, () => void mishaps.untilRunning().then(ring)),
});

export const logIn = (mishaps: Mishaps, log: EventLog): EventLog => ({
  ledger: log.ledger,
  appendsInFlight: log.appendsInFlight,
  head: () => mishaps.call(() => log.head()),
  append: (commit, expected, previous) =>
    mishaps.call(() => log.append(commit, expected, previous)),
  read: async function* (after) {
    for await (const commit of log.read(after)) yield await mishaps.call(async () => commit);
  },
  // What comes while nothing gets through comes later, as from a connection that is made again.
  follow: async function* (after, signal) {
    for await (const commit of log.follow(after, signal)) {
      await mishaps.untilRunning();
      yield commit;
    }
  },
  close: () => log.close(),
});
