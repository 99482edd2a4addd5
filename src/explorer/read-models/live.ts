/**
 * What every reader is sent as it changes: `head`, `feed`, `counts`, and `run/<run>` for the newest
 * runs. Its size does not grow with participants, windows or entries; what does is asked for in pages,
 * as `views/` serves them, again whenever the head has moved on.
 */
import type { Books } from '../../projections/books.ts';
import type { FeedLine } from './feed.ts';
import type { Folded, HeadView } from './overview.ts';
import type { RunView } from './run.ts';
import { runView } from './run.ts';
import type { MemberCount } from './roster.ts';
import { rosterOf } from './roster.ts';
import type { Tally } from './tally.ts';

export interface CountsView {
  readonly members: readonly MemberCount[];
  readonly runs: number;
  readonly windows: number;
  readonly periods: number;
}

export type LiveItem = HeadView | RunView | CountsView | readonly FeedLine[];

/** Runs that readers are told of without asking. */
const RUNS_MAX = 20;
/** Revisions that a run's item carries; the chain before them is in the series and the log. */
const REVISIONS_MAX = 24;

export function liveItems({ head, history: books, feed }: Folded, tally: Tally) {
  const items = new Map<string, LiveItem>([
    ['head', head],
    ['feed', feed],
    ['counts', countsOf(books)],
  ]);
  const newest = Object.values(books.runs)
    .sort((a, b) => b.plannedSequence - a.plannedSequence)
    .slice(0, RUNS_MAX);
  for (const { plan } of newest) {
    const view = runView(books, plan.run, tally);
    if (view === undefined) continue;
    items.set(`run/${plan.run}`, { ...view, revisions: view.revisions.slice(-REVISIONS_MAX) });
  }
  return items;
}

export function countsOf(books: Books): CountsView {
  return {
    members: rosterOf(books).counts,
    runs: Object.keys(books.runs).length,
    windows: Object.keys(books.windows).length,
    periods: Object.keys(books.rewards.periods).length,
  };
}
