/**
 * Waking of whoever waits for something to change: a follower for the next commit, a consumer for
 * the next step. Invariant: a ring wakes everybody waiting at that moment; who checks its condition
 * and then waits without an `await` in between can miss none.
 */
import type { Clock } from '../commands/ports/clock.ts';

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

  /** For one who waits again and again: what `wait` registers each time is registered once here. */
  watch(signals: readonly AbortSignal[]): Watch {
    return new Watch(this, signals);
  }

  /** Resolves at the next ring, when the signal aborts, or when the alarm's time has passed. */
  wait(
    signal: AbortSignal,
    alarm?: { readonly clock: Clock; readonly afterMs: number },
  ): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        callOff?.();
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      const callOff = alarm?.clock.alarm(alarm.afterMs, wake);
    });
  }
}

/** Waits for the rings of one bell until one of the signals aborts, or whoever waits closes it. */
export class Watch {
  readonly #bell: Bell;
  readonly #signals: readonly AbortSignal[];
  #wake: (() => void) | null = null;
  #over: boolean;

  constructor(bell: Bell, signals: readonly AbortSignal[]) {
    this.#bell = bell;
    this.#signals = signals;
    this.#over = signals.some(({ aborted }) => aborted);
    for (const signal of signals) signal.addEventListener('abort', this.close, { once: true });
  }

  get over(): boolean {
    return this.#over;
  }

  /** Resolves at the next ring or when it is over. */
  next(): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => {
      const forget = this.#bell.onRing(() => this.#wake?.());
      this.#wake = () => {
        this.#wake = null;
        forget();
        resolve();
      };
    });
  }

  readonly close = (): void => {
    this.#over = true;
    for (const signal of this.#signals) signal.removeEventListener('abort', this.close);
    this.#wake?.();
  };
}
