/** The system's clock, for every role that is not simulated. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../commands/ports/clock.ts';

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
  alarm: (ms, ring) => {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};
