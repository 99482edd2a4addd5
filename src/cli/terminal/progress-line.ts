/**
 * What a person waiting is told: how far, how fast, how long still. Nothing in the first two seconds,
 * for what is over by then needs no telling, and then at most some lines a second.
 */
const QUIET_MS = 2000;
const EVERY_MS = 200;

export class ProgressLine {
  readonly #startedMs = new Map<string, number>();
  #shownMs = -Infinity;

  /**
   * The line to show now, or null.
   * @param total null where nobody knows
   * @param nowMs of a clock that never runs backwards
   */
  at(what: string, done: number, total: number | null, nowMs: number): string | null {
    const start = this.#startedMs.get(what) ?? nowMs;
    this.#startedMs.set(what, start);
    if (nowMs - start < QUIET_MS || nowMs - this.#shownMs < EVERY_MS) return null;
    this.#shownMs = nowMs;
    const far = total === null ? `${what} ${done}` : `${what} ${done}/${total}`;
    if (done === 0) return far;
    const perMs = done / (nowMs - start);
    const rate = `${far}, ${rateText(perMs * 1000)}`;
    if (total === null) return rate;
    return `${rate}, ${durationText(Math.ceil((total - done) / perMs / 1000))} left`;
  }
}

/** Two units at most. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const rateText = (perSecond: number): string =>
  perSecond >= 10 ? `${Math.round(perSecond)}/s` : `${perSecond.toFixed(1)}/s`;
