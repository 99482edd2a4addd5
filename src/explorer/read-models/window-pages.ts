/**
 * What grows with the slots of a window, in pages: its assignments, and the verdicts on them. Both by
 * slot, then attempt; rows are made for those shown.
 */
import type { Books, WindowBook } from '../../projections/books.ts';
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

export const assignmentsPage = (
  books: Books,
  window: WindowBook,
  span: Span,
): PageOf<AssignmentView> =>
  pageOf(bySlot(window), span, (assignment) => assignmentView(books, window, assignment));

export function verdictsPage(books: Books, window: WindowBook, span: Span): PageOf<VerdictRow> {
  const given = bySlot(window).flatMap((assignment) =>
    (assignment.challenge?.verdicts ?? []).map((verdict) => ({ assignment, verdict })),
  );
  return pageOf(given, span, ({ assignment, verdict }) => ({
    slot: assignment.slot,
    contributor: partyOf(books, assignment.participant),
    delta: assignment.submission?.delta.digest ?? null,
    verdict: verdictView(books, verdict),
  }));
}
