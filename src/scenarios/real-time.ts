/** The machine's time as a timeline. Whatever is still to happen when a play ends is called off. */
import { systemClock } from '../adapters/system-clock.ts';
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
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        callOff();
        reject(signal?.reason as Error);
      };
      const callOff = this.alarm(ms, () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      });
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  end(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
