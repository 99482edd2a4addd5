/**
 * The audit of scores: every window is measured again. What a validator said is its own and a fact
 * either way, so scores that nobody measured are no fault of the ledger; they are named.
 */
import type { LedgerEvent } from '../../events/catalogue.ts';
import { canonicalJson } from '../../events/canonical-json.ts';
import { digestOf } from '../../events/digest.ts';
import type { Digest } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { scoringOf } from '../../projections/scoring.ts';
import type { ContributionScore, Scoring } from '../../projections/scoring-book.ts';
import type { Tools } from '../recompute.ts';
import type { Asked } from '../scoring/measure.ts';
import { measureScores } from '../scoring/measure.ts';

export interface ScoredWindow extends Asked {
  /** Of the consensus. */
  readonly sequence: number;
  readonly reveals: readonly RevealedDigest[];
}

/** What a validator said it measured: enough to tell whether it did, and small. */
interface RevealedDigest {
  readonly sequence: number;
  readonly scores: Digest;
}

/** Notes of the windows that were scored, taken while a ledger is folded from its start. */
export class ScoredWindows {
  readonly scored: ScoredWindow[] = [];

  /** @param books in which the event has just been folded; they let go of a scoring later */
  take(event: LedgerEvent, books: Books): void {
    if (event.type !== 'daybook.consensus.reached.v1') return;
    const { run, window, seed, contributions, terms, reveals }: Scoring = must(
      scoringOf(books, event.data.run, event.data.window),
      'scoring',
    );
    this.scored.push({
      run,
      window,
      seed,
      contributions,
      terms,
      sequence: event.sequence,
      reveals: reveals.map(({ sequence, scores }) => ({
        sequence,
        scores: digestOfScores(scores),
      })),
    });
  }
}

const digestOfScores = (scores: readonly ContributionScore[]): Digest =>
  digestOf(Buffer.from(canonicalJson(scores.map((score) => ({ ...score })))));

/** Sequences of the scores that are not what was measured here. */
export async function scoresOfOthers(
  scored: ScoredWindow,
  books: Books,
  tools: Tools,
): Promise<number[]> {
  const own = digestOfScores(await measureScores(tools, books, scored));
  return scored.reveals.filter(({ scores }) => scores !== own).map(({ sequence }) => sequence);
}

export function scoresText(windows: readonly ScoredWindow[], others: readonly number[]): string {
  const vectors = windows.reduce((sum, { reveals }) => sum + reveals.length, 0);
  const alike = `${windows.length} windows measured again: ${vectors - others.length} of ${vectors} vectors are what comes out`;
  return others.length === 0
    ? alike
    : `${alike}, not those of entries ${others.toSorted((a, b) => a - b).join(', ')}`;
}
