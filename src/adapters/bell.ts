/**
 * Waking of whoever waits for something to change: a follower for the next commit, a consumer for
 * the next step. Invariant: a ring wakes everybody waiting at that moment; who checks its condition
 * and then waits without an `await` in between can miss none.
 */
import type { Clock } from '../commands/ports/clock.ts';

/** Why a sleep ends early: made once, for an abort without a reason makes an exception each time. */
const AWAKE = new Error('awake');

export class Bell {
  readonly #waiting = new Set<() => void>();

  get waiting(): number {
    return this.#waiting.size;
  }

  ring(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Calls `wake` at every ring, until the answer is called. */
  onRing(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  /** Resolves at the next ring, when the signal aborts, or when the alarm's time has passed. */
  wait(
    signal: AbortSignal,
    alarm?: { readonly clock: Clock; readonly afterMs: number },
  ): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleep = alarm === undefined ? null : new AbortController();
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        sleep?.abort(AWAKE);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      if (sleep !== null)
        alarm?.clock.sleep(alarm.afterMs, sleep.signal).then(wake, () => undefined);
    });
  }
}
