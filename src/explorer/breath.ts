/**
 * Lets requests in between: not every adapter's read leaves the event loop, and a long log must not
 * keep readers waiting.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

const BUSY_MS_MAX = 20;

export class Breath {
  #yieldedMs = 0;

  async take(): Promise<void> {
    if (performance.now() - this.#yieldedMs < BUSY_MS_MAX) return;
    await nextTurn();
    this.#yieldedMs = performance.now();
  }
}
