/**
 * Where in the log a reader finds an entry: first sequence and position of each commit, as they were
 * followed (two numbers a commit). What lies before those (after a start from a snapshot) is found by
 * bisecting the log itself, down to some commits: an answer may be early, never late.
 */
import type { EventLog } from '../commands/ports/event-log.ts';
import type { StoredCommit } from '../events/commit.ts';
import type { LogPosition } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';

/** Commits that a reader may have to pass over where it was not followed. */
const EARLY_MAX = 16;

export class CommitIndex {
  readonly #log: EventLog;
  /** Ascending; a reader that starts after `#befores[i]` finds the commit that starts at `#firsts[i]`. */
  readonly #firsts: number[] = [];
  readonly #befores: LogPosition[] = [];
  /** Where following began. */
  readonly #start: LogPosition;

  constructor(log: EventLog, start: LogPosition) {
    this.#log = log;
    this.#start = start;
  }

  /** The next commit followed, and the position before it. */
  add({ first }: StoredCommit, before: LogPosition): void {
    // What is followed again after trouble is here already.
    if (first <= (this.#firsts.at(-1) ?? -1)) return;
    this.#firsts.push(first);
    this.#befores.push(before);
  }

  /** Position after which a reader finds the commit that holds this entry. */
  async positionBefore(sequence: number): Promise<LogPosition> {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#firsts[middle] ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return this.#befores[low - 1] ?? (await this.#bisect(sequence));
  }

  async #bisect(sequence: number): Promise<LogPosition> {
    let low: LogPosition = LOG_START;
    let high = this.#start;
    while (high - low > EARLY_MAX) {
      const middle = Math.floor((low + high) / 2) as LogPosition;
      const first = await this.#firstAfter(middle);
      if (first !== null && first <= sequence) low = middle;
      else high = middle;
    }
    return low;
  }

  async #firstAfter(position: LogPosition): Promise<number | null> {
    for await (const { first } of this.#log.read(position)) return first;
    return null;
  }
}
