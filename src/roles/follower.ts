/**
 * A party's own fold of the log: it follows every commit, recomputes the tree and keeps the books,
 * and believes neither the authority's headers nor its messages. Roles wait here for the ledger to
 * reach what they were told of.
 */
import type { LedgerEvent } from '../events/catalogue.ts';
import type { LogPosition } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';
import type { MachineState } from '../commands/machine.ts';
import { initialState } from '../commands/machine.ts';
import type { LogFold } from '../commands/machine.ts';
import { applyCommit } from '../commands/apply-commit.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import type { Books } from '../projections/books.ts';

/** Pure: the same state and commit give the same answer. */
export type Fold = typeof applyCommit;
export type Observer = (events: readonly LedgerEvent[], state: MachineState) => void;

export class Follower {
  readonly #log: EventLog;
  readonly #fold: Fold;
  #state: MachineState;
  #position: LogPosition;
  #failure: unknown = null;
  readonly #observers: Observer[] = [];
  readonly #waiters = new Set<() => void>();

  /** @param from what this party folded itself, in an earlier life; else the log is read from its start */
  constructor(log: EventLog, fold: Fold = applyCommit, from?: LogFold | null) {
    this.#log = log;
    this.#fold = fold;
    this.#state = from?.state ?? initialState(log.ledger);
    this.#position = from?.position ?? LOG_START;
  }

  get state(): MachineState {
    return this.#state;
  }

  /** Of the last commit in `state`. */
  get position(): LogPosition {
    return this.#position;
  }

  get books(): Books {
    return this.#state.books;
  }

  observe(observer: Observer): void {
    this.#observers.push(observer);
  }

  /** Follow until aborted. Rejects when the log is corrupt or cannot be read any more. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for await (const commit of this.#log.follow(this.#position, signal)) {
        const { state, events } = this.#fold(this.#state, commit);
        this.#state = state;
        this.#position = commit.position;
        for (const observer of this.#observers) observer(events, state);
        this.#wake();
      }
    } catch (error) {
      if (!signal.aborted) this.#failure = error;
      this.#wake();
      if (!signal.aborted) throw error;
    }
  }

  /** Resolves with the books once the condition holds; rejects when aborted or following failed. */
  async until(condition: (books: Books) => boolean, signal: AbortSignal): Promise<Books> {
    while (!condition(this.books)) {
      if (this.#failure !== null) throw this.#failure;
      signal.throwIfAborted();
      await this.#news(condition, signal);
    }
    return this.books;
  }

  /** Until it is worth asking again: commits are many, and hardly one is what somebody waits for. */
  #news(condition: (books: Books) => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        if (this.#failure === null && !signal.aborted && !this.#holds(condition)) return;
        signal.removeEventListener('abort', wake);
        this.#waiters.delete(wake);
        resolve();
      };
      this.#waiters.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  /** What a condition throws is for whoever waits for it, not for whoever follows the log. */
  #holds(condition: (books: Books) => boolean): boolean {
    try {
      return condition(this.books);
    } catch {
      return true;
    }
  }

  /** The books with the entry of this sequence folded in. */
  reach(sequence: number, signal: AbortSignal): Promise<Books> {
    return this.until((books) => books.ledger.size > sequence, signal);
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
  }
}
