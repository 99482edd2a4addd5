/**
 * Virtual time for a whole network in one thread. One wake at a time, in the order of their times,
 * equal times in an order drawn from the seed; between two wakes every promise that can run has run.
 * Invariant: nothing here depends on the machine: the same seed gives the same sequence of wakes.
 */
import assert from 'node:assert';
import { sleepOnAlarm } from '../commands/sleep-on-alarm.ts';
import type { Chance } from './chance.ts';
import type { Timeline } from './timeline.ts';

interface Wake {
  readonly atMs: number;
  /** Between wakes at one time. */
  readonly draw: number;
  readonly number: number;
  run: (() => void) | null;
}

const before = (a: Wake, b: Wake): boolean =>
  a.atMs !== b.atMs ? a.atMs < b.atMs : a.draw !== b.draw ? a.draw < b.draw : a.number < b.number;

/** Asked for within a microtask, the next tick comes when no microtask is left. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

export class Scheduler implements Timeline {
  readonly #heap: Wake[] = [];
  readonly #chance: Chance;
  #nowMs: number;
  #scheduled = 0;
  #ticks = 0;

  constructor(startMs: number, chance: Chance) {
    this.#nowMs = startMs;
    this.#chance = chance;
  }

  /** Wakes so far. */
  get ticks(): number {
    return this.#ticks;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Runs once after `ms`; the answer calls it off. */
  after(ms: number, run: () => void): () => void {
    assert(ms >= 0 && Number.isSafeInteger(ms), 'a delay in whole milliseconds');
    this.#scheduled += 1;
    const wake: Wake = {
      atMs: this.#nowMs + ms,
      draw: this.#chance.uint32(),
      number: this.#scheduled,
      run,
    };
    this.#push(wake);
    return () => {
      wake.run = null;
    };
  }

  alarm(ms: number, ring: () => void): () => void {
    return this.after(Math.max(0, Math.ceil(ms)), ring);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOnAlarm(this, ms, signal);
  }

  /** Until the condition holds, nothing is left to happen, or `ticksMax` wakes have been. */
  async run(until: () => boolean, ticksMax = Infinity): Promise<void> {
    await settled();
    while (this.#ticks < ticksMax && !until()) {
      const wake = this.#pop();
      if (wake === undefined) return;
      if (wake.run === null) continue;
      assert(wake.atMs >= this.#nowMs, 'time goes forward');
      this.#nowMs = wake.atMs;
      this.#ticks += 1;
      wake.run();
      await settled();
    }
  }

  /** Moves time forward by `ms` through everything that falls due on the way. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.run(() => (this.#heap[0]?.atMs ?? Infinity) > untilMs);
    this.#nowMs = untilMs;
  }

  #push(wake: Wake): void {
    const heap = this.#heap;
    let at = heap.push(wake) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(wake, heap[parent] as Wake)) break;
      heap[at] = heap[parent] as Wake;
      at = parent;
    }
    heap[at] = wake;
  }

  #pop(): Wake | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Wake, heap[child] as Wake))
        child += 1;
      if (!before(heap[child] as Wake, last)) break;
      heap[at] = heap[child] as Wake;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
