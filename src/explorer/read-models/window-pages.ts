/**
 * What grows with the slots of a window, in pages: its assignments, and the verdicts on them. Both by
 * slot, then attempt; rows are made for those shown.
 */
import type { Assignment, Books, Verdict, WindowBook } from '../../projections/books.ts';
import type { PageOf, Span } from './page-of.ts';
import { pageOf } from './page-of.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';
import type { AssignmentView, VerdictView, WindowHead } from './window.ts';
import { assignmentView, bySlot, verdictView, windowHead } from './window.ts';

/** Standby participants that are named: a wide network has thousands. */
const STANDBY_SHOWN = 50;

/** What the page of a window is sent again and again. */
export interface WindowSummary extends WindowHead {
  /** All of them. */
  readonly standbyTotal: number;
  readonly windowsPlanned: number;
}

/** Its verdicts are rows of their own. */
export interface AssignmentRow extends Omit<AssignmentView, 'challenge'> {
  /** Entry that called a panel; null: none was called. */
  readonly challenged: number | null;
}

export interface VerdictRow {
  readonly slot: number;
  readonly contributor: Party;
  /** Digest of the delta that was committed; null: none was. */
  readonly delta: string | null;
  readonly verdict: VerdictView;
}

export function windowSummary(books: Books, window: WindowBook): WindowSummary {
  const standby = window.standby.slice(0, STANDBY_SHOWN);
  return {
    ...windowHead(books, { ...window, standby }),
    standbyTotal: window.standby.length,
    windowsPlanned: books.runs[window.run]?.windowsPlanned ?? 0,
  };
}

export function assignmentsPage(
  books: Books,
  window: WindowBook,
  span: Span,
): PageOf<AssignmentRow> {
  return pageOf(bySlot(window), span, (assignment) => {
    const { challenge, ...row } = assignmentView(books, window, assignment);
    return { ...row, challenged: challenge?.sequence ?? null };
  });
}

export function verdictsPage(books: Books, window: WindowBook, span: Span): PageOf<VerdictRow> {
  const rows: VerdictRow[] = [];
  let total = 0;
  for (const assignment of bySlot(window))
    for (const verdict of assignment.challenge?.verdicts ?? []) {
      if (total >= span.from && rows.length < span.limit)
        rows.push(verdictRow(books, assignment, verdict));
      total += 1;
    }
  return { total, from: span.from, rows };
}

const verdictRow = (books: Books, assignment: Assignment, verdict: Verdict): VerdictRow => ({
  slot: assignment.slot,
  contributor: partyOf(books, assignment.participant),
  delta: assignment.submission?.delta.digest ?? null,
  verdict: verdictView(books, verdict),
});
