/**
 * What was done in all windows together, by participant and by run, kept up to date instead of counted
 * anew: windows that have not changed are the same object in the next books, so an update looks at the
 * changed ones only. Invariant: the sums are those of `windows` as of the last update.
 */
import type { Books, WindowBook } from '../../projections/books.ts';

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

interface Share {
  readonly run: string;
  readonly tokens: RunTokens;
  readonly deeds: ReadonlyMap<string, Deeds>;
}

const NO_DEEDS: Deeds = { tokens: 0, elapsedMs: 0, verdicts: 0 };
const NO_TOKENS: RunTokens = { submitted: 0, counted: 0 };

export class Tally {
  readonly #deeds = new Map<string, Deeds>();
  readonly #tokens = new Map<string, RunTokens>();
  readonly #seen = new Map<string, { readonly of: WindowBook; readonly share: Share }>();
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
      if (before?.of === window) continue;
      if (before !== undefined) this.#add(before.share, -1);
      const share = shareOf(window);
      this.#add(share, 1);
      this.#seen.set(key, { of: window, share });
    }
  }

  deedsOf(participant: string): Deeds {
    return this.#deeds.get(participant) ?? NO_DEEDS;
  }

  tokensOf(run: string): RunTokens {
    return this.#tokens.get(run) ?? NO_TOKENS;
  }

  #add({ run, tokens, deeds }: Share, sign: 1 | -1): void {
    const all = this.tokensOf(run);
    this.#tokens.set(run, {
      submitted: all.submitted + sign * tokens.submitted,
      counted: all.counted + sign * tokens.counted,
    });
    for (const [who, more] of deeds) this.#deeds.set(who, sum(this.deedsOf(who), more, sign));
  }
}

const sum = (a: Deeds, b: Deeds, sign: 1 | -1): Deeds => ({
  tokens: a.tokens + sign * b.tokens,
  elapsedMs: a.elapsedMs + sign * b.elapsedMs,
  verdicts: a.verdicts + sign * b.verdicts,
});

function shareOf({ run, assignments }: WindowBook): Share {
  const deeds = new Map<string, Deeds>();
  const add = (who: string, more: Partial<Deeds>): void =>
    void deeds.set(who, sum(deeds.get(who) ?? NO_DEEDS, { ...NO_DEEDS, ...more }, 1));
  const tokens = { submitted: 0, counted: 0 };
  for (const { participant, submission, challenge, counted } of Object.values(assignments)) {
    if (submission !== null) {
      add(participant, { tokens: submission.tokens, elapsedMs: submission.elapsedMs });
      tokens.submitted += submission.tokens;
      if (counted !== null) tokens.counted += submission.tokens;
    }
    for (const { validator } of challenge?.verdicts ?? []) add(validator, { verdicts: 1 });
  }
  return { run, tokens, deeds };
}
