/** The machine's time as a timeline. Whatever is still to happen when a play ends is called off. */
import { systemClock } from '../adapters/system-clock.ts';
import { sleepOnAlarm } from '../commands/sleep-on-alarm.ts';
import type { Timeline } from '../simulation/timeline.ts';

export class RealTime implements Timeline {
  readonly #pending = new Set<NodeJS.Timeout>();

  nowMs(): number {
    return systemClock.nowMs();
  }

  after(ms: number, run: () => void): () => void {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      run();
    }, ms);
    this.#pending.add(timer);
    return () => {
      clearTimeout(timer);
      this.#pending.delete(timer);
    };
  }

  alarm(ms: number, ring: () => void): () => void {
    return this.after(Math.max(0, ms), ring);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOnAlarm(this, ms, signal);
  }

  end(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
