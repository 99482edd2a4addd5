/** Time, as roles see it. The simulation's clock is virtual; the others read the system's. */
export interface Clock {
  /** Milliseconds since the Unix epoch, an integer. */
  nowMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `ring` once after `ms`, unless the answer was called before: a sleep that costs no promise. */
  alarm(ms: number, ring: () => void): () => void;
}
