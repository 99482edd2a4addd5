/**
 * How far a role is behind its log: asks for the log's end every so often and compares it with what
 * the role has folded. A role that has no fold is asked for nothing but that its log answers.
 */
import type { LogHead } from '../../commands/ports/event-log.ts';
import type { Sample } from './exposition.ts';
import { gaugeOf } from './meter.ts';

const ASK_EVERY_MS = 2000;
/** Longer without having seen the whole log, and a role is not ready. */
export const READY_LAG_MS_MAX = 30_000;

export interface Folded {
  readonly size: number;
  readonly clockMs: number;
}

export interface LogStanding {
  /** Entries in the log when it last answered; null: it never has. */
  readonly logEntries: number | null;
  readonly entries: number | null;
  readonly clockMs: number | null;
  /** Since the whole log was last known folded; null: it never was. */
  readonly lagMs: number | null;
}

export class LogWatch {
  readonly #head: () => Promise<LogHead>;
  readonly #timer: NodeJS.Timeout;
  #folded: (() => Folded) | null = null;
  #logEntries: number | null = null;
  #caughtUpMs: number | null = null;
  #asking = false;

  constructor(head: () => Promise<LogHead>) {
    this.#head = head;
    this.#timer = setInterval(() => void this.#ask(), ASK_EVERY_MS);
    this.#timer.unref();
    void this.#ask();
  }

  /** Where the role's own fold is read. */
  follow(folded: () => Folded): void {
    this.#folded = folded;
    void this.#ask();
  }

  standing(): LogStanding {
    const folded = this.#folded?.() ?? null;
    return {
      logEntries: this.#logEntries,
      entries: folded?.size ?? null,
      clockMs: folded?.clockMs ?? null,
      lagMs: this.#caughtUpMs === null ? null : Math.round(performance.now() - this.#caughtUpMs),
    };
  }

  /** Null when it is; else why not. */
  unready(): string | null {
    const { lagMs } = this.standing();
    if (lagMs === null) return 'the log has not been read to its end yet';
    return lagMs <= READY_LAG_MS_MAX ? null : `behind the log for ${Math.round(lagMs / 1000)} s`;
  }

  samples(): Sample[] {
    const { logEntries, entries, clockMs, lagMs } = this.standing();
    return [
      ...(logEntries === null ? [] : [gaugeOf('daybook_log_entries', logEntries)]),
      ...(entries === null ? [] : [gaugeOf('daybook_ledger_entries', entries)]),
      ...(clockMs === null ? [] : [gaugeOf('daybook_ledger_clock_seconds', clockMs / 1000)]),
      ...(lagMs === null ? [] : [gaugeOf('daybook_ledger_lag_seconds', lagMs / 1000)]),
    ];
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #ask(): Promise<void> {
    // An answer that takes longer than the interval is waited for, not asked for again.
    if (this.#asking) return;
    this.#asking = true;
    const askedMs = performance.now();
    try {
      const { size } = await this.#head();
      this.#logEntries = size;
      if (this.#folded === null || this.#folded().size >= size) this.#caughtUpMs = askedMs;
    } catch {
      // The role says what is wrong with its log; here only the lag grows.
    } finally {
      this.#asking = false;
    }
  }
}
