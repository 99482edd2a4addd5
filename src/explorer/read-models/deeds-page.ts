/**
 * What one participant did, window by window, the newest first: contributions it was assigned and
 * verdicts it gave. Windows are looked through from the newest; rows are made for those shown.
 */
import type { Assignment, Books, Verdict, WindowBook } from '../../projections/books.ts';
import type { PageOf, Span } from './page-of.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';
import type { AssignmentView, VerdictView } from './window.ts';
import { assignmentView, verdictView } from './window.ts';

export interface DeedRow {
  readonly run: string;
  readonly window: number;
  /** Its own, or the one it judged. */
  readonly assignment: AssignmentView;
  /** Null: it is its own. */
  readonly verdict: VerdictView | null;
  readonly contributor: Party;
}

interface Deed {
  readonly window: WindowBook;
  readonly assignment: Assignment;
  readonly verdict: Verdict | null;
}

export function deedsPage(books: Books, participant: string, span: Span): PageOf<DeedRow> {
  const rows: DeedRow[] = [];
  let total = 0;
  for (const deed of deedsOf(books, participant)) {
    if (total >= span.from && rows.length < span.limit) rows.push(rowOf(books, deed));
    total += 1;
  }
  return { total, from: span.from, rows };
}

function* deedsOf(books: Books, participant: string): Iterable<Deed> {
  const windows = Object.values(books.windows).sort((a, b) => b.sequence - a.sequence);
  for (const window of windows)
    for (const assignment of Object.values(window.assignments)) {
      if (assignment.participant === participant) yield { window, assignment, verdict: null };
      for (const verdict of assignment.challenge?.verdicts ?? [])
        if (verdict.validator === participant) yield { window, assignment, verdict };
    }
}

const rowOf = (books: Books, { window, assignment, verdict }: Deed): DeedRow => ({
  run: window.run,
  window: window.window,
  assignment: assignmentView(books, window, assignment),
  verdict: verdict === null ? null : verdictView(books, verdict),
  contributor: partyOf(books, assignment.participant),
});
