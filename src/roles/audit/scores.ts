/**
 * The audit of scores: every window is measured again. What a validator said is its own and a fact
 * either way, so scores that nobody measured are no fault of the ledger; they are named.
 */
import type { LedgerEvent } from '../../events/catalogue.ts';
import { canonicalJson } from '../../events/canonical-json.ts';
import type { Books } from '../../projections/books.ts';
import { emptyBooks, must } from '../../projections/books.ts';
import { foldWhole } from '../../projections/fold.ts';
import { scoringOf } from '../../projections/scoring.ts';
import type { Revealed, Scoring } from '../../projections/scoring-book.ts';
import { ledgerOf } from '../../events/entry.ts';
import type { Tools } from '../recompute.ts';
import type { Asked } from '../scoring/measure.ts';
import { measureScores } from '../scoring/measure.ts';

export interface ScoredWindow extends Asked {
  /** Of the consensus. */
  readonly sequence: number;
  readonly reveals: readonly Revealed[];
}

/** @param events of a ledger from its start */
export function scoredWindows(events: readonly LedgerEvent[]): ScoredWindow[] {
  if (events.every(({ type }) => type !== 'daybook.consensus.reached.v1')) return [];
  const books = emptyBooks(ledgerOf(events[0]?.source ?? ''));
  const scored: ScoredWindow[] = [];
  for (const event of events) {
    foldWhole(books, event);
    if (event.type !== 'daybook.consensus.reached.v1') continue;
    const { run, window, seed, contributions, terms, reveals }: Scoring = must(
      scoringOf(books, event.data.run, event.data.window),
      'scoring',
    );
    const { sequence } = event;
    scored.push({ run, window, seed, contributions, terms, sequence, reveals: [...reveals] });
  }
  return scored;
}

/** Sequences of the scores that are not what was measured here. */
export async function scoresOfOthers(
  scored: ScoredWindow,
  books: Books,
  tools: Tools,
): Promise<number[]> {
  const text = (scores: Revealed['scores']): string =>
    canonicalJson(scores.map((score) => ({ ...score })));
  const own = text(await measureScores(tools, books, scored));
  return scored.reveals
    .filter(({ scores }) => text(scores) !== own)
    .map(({ sequence }) => sequence);
}

export function scoresText(windows: readonly ScoredWindow[], others: readonly number[]): string {
  const vectors = windows.reduce((sum, { reveals }) => sum + reveals.length, 0);
  const alike = `${windows.length} windows measured again: ${vectors - others.length} of ${vectors} vectors are what comes out`;
  return others.length === 0
    ? alike
    : `${alike}, not those of entries ${others.toSorted((a, b) => a - b).join(', ')}`;
}
