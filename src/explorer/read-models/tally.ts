/**
 * What was done in all windows together, by participant and by run, kept up to date instead of counted
 * anew: windows and assignments that have not changed are the same objects in the next books, so an
 * update counts the changed ones only. Invariant: the sums are those of `windows` as of the last update.
 */
import type { Assignment, Books, WindowBook } from '../../projections/books.ts';

/** What a participant did. */
export interface Deeds {
  readonly tokens: number;
  readonly elapsedMs: number;
  readonly verdicts: number;
}

/** Tokens of a run: those submitted, and those whose delta entered an outer step. */
export interface RunTokens {
  readonly submitted: number;
  readonly counted: number;
}

const NO_DEEDS: Deeds = { tokens: 0, elapsedMs: 0, verdicts: 0 };
const NO_TOKENS: RunTokens = { submitted: 0, counted: 0 };

export class Tally {
  readonly #deeds = new Map<string, Deeds>();
  readonly #tokens = new Map<string, RunTokens>();
  readonly #seen = new Map<string, WindowBook>();
  #of: Books['windows'] | null = null;

  static of(books: Books): Tally {
    const tally = new Tally();
    tally.update(books);
    return tally;
  }

  update({ windows }: Books): void {
    if (this.#of === windows) return;
    this.#of = windows;
    for (const [key, window] of Object.entries(windows)) {
      const before = this.#seen.get(key);
      if (before === window) continue;
      this.#recount(window, before?.assignments ?? {});
      this.#seen.set(key, window);
    }
  }

  deedsOf(participant: string): Deeds {
    return this.#deeds.get(participant) ?? NO_DEEDS;
  }

  tokensOf(run: string): RunTokens {
    return this.#tokens.get(run) ?? NO_TOKENS;
  }

  /** @param before its assignments when they were last counted; none of them has gone */
  #recount({ run, assignments }: WindowBook, before: WindowBook['assignments']): void {
    for (const id in assignments) {
      const [was, is] = [before[id], assignments[id]];
      if (was === is) continue;
      if (was !== undefined) this.#add(run, was, -1);
      if (is !== undefined) this.#add(run, is, 1);
    }
  }

  #add(run: string, assignment: Assignment, sign: 1 | -1): void {
    const { participant, submission, challenge, counted } = assignment;
    if (submission !== null) {
      const { tokens, elapsedMs } = submission;
      this.#addDeeds(participant, { ...NO_DEEDS, tokens, elapsedMs }, sign);
      const all = this.tokensOf(run);
      this.#tokens.set(run, {
        submitted: all.submitted + sign * tokens,
        counted: all.counted + (counted === null ? 0 : sign * tokens),
      });
    }
    for (const { validator } of challenge?.verdicts ?? [])
      this.#addDeeds(validator, { ...NO_DEEDS, verdicts: 1 }, sign);
  }

  #addDeeds(who: string, more: Deeds, sign: 1 | -1): void {
    this.#deeds.set(who, sum(this.deedsOf(who), more, sign));
  }
}

const sum = (a: Deeds, b: Deeds, sign: 1 | -1): Deeds => ({
  tokens: a.tokens + sign * b.tokens,
  elapsedMs: a.elapsedMs + sign * b.elapsedMs,
  verdicts: a.verdicts + sign * b.verdicts,
});
