/**
 * Time as a network needs it: a clock, and something to happen later. The scheduler gives virtual time;
 * played over real adapters, timers of the machine do.
 */
import type { Clock } from '../commands/ports/clock.ts';

export interface Timeline extends Clock {
  /** Runs once after `ms`, a whole number; the answer calls it off. */
  after(ms: number, run: () => void): () => void;
}
