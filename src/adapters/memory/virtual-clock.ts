/**
 * A clock that stands still until it is told to move. Sleepers wake in the order of their deadlines,
 * equal ones in the order they went to sleep, each with `nowMs` at its own deadline.
 */
import type { Clock } from '../../commands/ports/clock.ts';
import { sleepOnAlarm } from '../../commands/sleep-on-alarm.ts';

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

/** Lets every promise that is already settled run its course, including those that follow from it. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class VirtualClock implements Clock {
  #nowMs: number;
  readonly #sleepers: Sleeper[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOnAlarm(this, ms, signal);
  }

  alarm(ms: number, ring: () => void): () => void {
    const sleeper = { wakeMs: this.#nowMs + Math.max(0, ms), wake: ring };
    const later = this.#sleepers.findIndex((other) => other.wakeMs > sleeper.wakeMs);
    this.#sleepers.splice(later < 0 ? this.#sleepers.length : later, 0, sleeper);
    return () => {
      const at = this.#sleepers.indexOf(sleeper);
      if (at >= 0) this.#sleepers.splice(at, 1);
    };
  }

  /** Deadline of the next sleeper; null when nobody sleeps. */
  nextWakeMs(): number | null {
    return this.#sleepers[0]?.wakeMs ?? null;
  }

  /** Moves time forward by `ms`, waking every sleeper that falls due on the way. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (;;) {
      const next = this.#sleepers[0];
      if (next === undefined || next.wakeMs > untilMs) break;
      this.#sleepers.shift();
      this.#nowMs = Math.max(this.#nowMs, next.wakeMs);
      next.wake();
      await settle();
    }
    this.#nowMs = untilMs;
  }
}
