/**
 * When the next tick has something to do, without walking all members after every commit. What is
 * kept is a bound: the earliest time at which silence or the end of a lease may concern anybody.
 * Heartbeats move those times back and leave the bound where it is; when it has passed, all members
 * are looked at again. Invariant: never later than `nextDueMs`, and equal to it once that is now.
 */
import type { LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import { adoptsPolicy } from '../policy-adoption.ts';
import { livenessDueMs } from './windows/liveness.ts';
import { otherDueMs } from './react.ts';

export class NextDue {
  /** Of all members but the draining ones; null when it must be looked up. */
  #boundMs: number | null = null;
  /** What they hold changes with the windows. */
  readonly #draining = new Set<string>();
  /** Of everything but liveness, of the books as last told of; null when it must be looked up. */
  #otherMs: number | null = null;

  /** Told of every commit, with the books after it. */
  note(events: readonly LedgerEvent[], books: Books): void {
    this.#otherMs = null;
    for (const event of events) {
      if (adoptsPolicy(event)) this.#boundMs = null;
      if (!('participant' in event.data)) continue;
      if (this.#boundMs !== null) this.#consider(event.data.participant, books);
    }
  }

  /** A time in ms; null: only a command brings something. */
  ms(books: Books, nowMs: number): number | null {
    if (this.#boundMs === null || this.#boundMs <= nowMs) this.#lookUp(books);
    // It is asked for several times between two commits, and only a commit changes it.
    this.#otherMs ??= otherDueMs(books);
    let next = Math.min(this.#boundMs ?? Infinity, this.#otherMs);
    for (const name of this.#draining) {
      const member = books.members[name];
      if (member?.status === 'draining') next = Math.min(next, livenessDueMs(books, member));
      else this.#draining.delete(name);
    }
    return next === Infinity ? null : next;
  }

  #lookUp(books: Books): void {
    this.#boundMs = Infinity;
    for (const name of Object.keys(books.members)) this.#consider(name, books);
  }

  #consider(name: string, books: Books): void {
    const member = books.members[name];
    if (member === undefined) return;
    if (member.status === 'draining') this.#draining.add(name);
    else this.#boundMs = Math.min(this.#boundMs ?? Infinity, livenessDueMs(books, member));
  }
}
