/**
 * What a person waiting is told: how far, how fast, how long still. Nothing in the first two seconds,
 * for what is over by then needs no telling, and then at most some lines a second.
 */
const QUIET_MS = 2000;
const EVERY_MS = 200;

export class ProgressLine {
  readonly #startedMs = new Map<string, number>();
  #shownMs = -Infinity;

  /** The line to show now, or null. @param nowMs of a clock that never runs backwards */
  at(what: string, done: number, total: number, nowMs: number): string | null {
    const start = this.#startedMs.get(what) ?? nowMs;
    this.#startedMs.set(what, start);
    if (nowMs - start < QUIET_MS || nowMs - this.#shownMs < EVERY_MS) return null;
    this.#shownMs = nowMs;
    if (done === 0) return `${what} ${done}/${total}`;
    const perMs = done / (nowMs - start);
    const left = Math.ceil((total - done) / perMs / 1000);
    return `${what} ${done}/${total}, ${rateText(perMs * 1000)}, ${left} s left`;
  }
}

const rateText = (perSecond: number): string =>
  perSecond >= 10 ? `${Math.round(perSecond)}/s` : `${perSecond.toFixed(1)}/s`;
