/** Views of runs, windows, contributors and the network. */
import type { Books, WindowBook } from '../../projections/books.ts';
import { windowKey } from '../../projections/books.ts';
import * as p from '../parameters.ts';
import { contributorView } from '../read-models/contributor.ts';
import type { ContributorOrder } from '../read-models/contributors.ts';
import { CONTRIBUTOR_ORDERS, contributorsPage } from '../read-models/contributors.ts';
import { deedsPage } from '../read-models/deeds-page.ts';
import { networkView } from '../read-models/network.ts';
import type { Span } from '../read-models/page-of.ts';
import { pageOf } from '../read-models/page-of.ts';
import { SERIES_AXES, seriesView } from '../read-models/series.ts';
import { standingView } from '../read-models/standing.ts';
import { assignmentsPage, verdictsPage, windowSummary } from '../read-models/window-pages.ts';
import { windowRow } from '../read-models/window-row.ts';
import { windowsOf } from '../read-models/windows-of.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import type { Visit } from '../visit.ts';
import { answer, jsonView, search, span } from './view.ts';

const POINTS_MAX = 1000;
const someone = p.text('The key of a participant; without it, everybody.', /^U[A-Z2-7]{55}$/, {
  otherwise: null,
});

/** Which contributors, in which order. */
export const whichContributors = {
  search,
  role: p.choice('A role.', ['worker', 'validator'], { otherwise: null }),
  status: p.text('A status.', /^[a-z]{1,20}$/, { otherwise: null }),
  order: p.choice('By what they are sorted.', CONTRIBUTOR_ORDERS, { otherwise: 'name' }),
};

interface Which {
  readonly search: string;
  readonly role: string | null;
  readonly status: string | null;
  readonly order: ContributorOrder;
}

/** With where each stands in the network. */
export function contributorRows({ site }: Visit, which: Which, rows: Span) {
  const { history: books, statements } = site.folded();
  const folded = { books, tally: site.tally(), statements };
  const page = contributorsPage(folded, { ...which, ...rows });
  return {
    ...page,
    rows: page.rows.map((row) => ({ ...row, standing: standingView(books, row.participant) })),
  };
}

function ofWindow(
  visit: Visit,
  run: string,
  window: number,
  view: (books: Books, book: WindowBook) => object,
): void {
  const books = visit.site.folded().history;
  const book = books.windows[windowKey(run, window)];
  answer(visit, book === undefined ? null : view(books, book));
}

export const runViews: readonly Route[] = [
  route({
    ...jsonView,
    path: '/view/windows',
    id: 'windowsView',
    doc: 'Windows of a run, the newest first.',
    parameters: { run: p.run, ...span },
    handle: (visit, { run, ...rows }) => {
      const books = visit.site.folded().history;
      const all = windowsOf(books, run).toReversed();
      answer(
        visit,
        pageOf(all, rows, (one) => windowRow(books, one)),
      );
    },
  }),
  route({
    ...jsonView,
    path: '/view/window',
    id: 'windowView',
    doc: 'One window, without its assignments and the verdicts on them.',
    parameters: { run: p.run, window: p.window },
    handle: (visit, { run, window }) => ofWindow(visit, run, window, windowSummary),
  }),
  route({
    ...jsonView,
    path: '/view/assignments',
    id: 'assignmentsView',
    doc: 'Assignments of a window, by slot.',
    parameters: { run: p.run, window: p.window, ...span },
    handle: (visit, { run, window, ...rows }) =>
      ofWindow(visit, run, window, (books, book) => assignmentsPage(books, book, rows)),
  }),
  route({
    ...jsonView,
    path: '/view/verdicts',
    id: 'verdictsView',
    doc: 'Verdicts on the contributions to a window, by slot.',
    parameters: { run: p.run, window: p.window, ...span },
    handle: (visit, { run, window, ...rows }) =>
      ofWindow(visit, run, window, (books, book) => verdictsPage(books, book, rows)),
  }),
  route({
    ...jsonView,
    path: '/view/series',
    id: 'seriesView',
    doc: 'Losses of a run along an axis, in as many points as there is room for.',
    parameters: {
      run: p.run,
      axis: p.choice('Along what.', SERIES_AXES, { otherwise: 'window' }),
      points: p.whole('Points at most.', { min: 16, max: POINTS_MAX, otherwise: 400 }),
      participant: someone,
    },
    handle: (visit, { run, ...question }) =>
      answer(visit, seriesView(visit.site.folded().history, run, question)),
  }),
  route({
    ...jsonView,
    path: '/view/contributors',
    id: 'contributorsView',
    doc: 'Contributors, with where each stands in the network.',
    parameters: { ...whichContributors, ...span },
    handle: (visit, { from, limit, ...which }) =>
      answer(visit, contributorRows(visit, which, { from, limit })),
  }),
  route({
    ...jsonView,
    path: '/view/contributor',
    id: 'contributorView',
    doc: 'One contributor.',
    parameters: { participant: p.participant },
    handle: (visit, { participant }) => {
      const { history: books, statements } = visit.site.folded();
      const member = books.members[participant];
      if (member === undefined) return answer(visit, null);
      const lines = statements.get(participant) ?? [];
      const done = visit.site.tally().deedsOf(participant);
      const view = contributorView(books, member, done, lines);
      answer(visit, { ...view, standing: standingView(books, participant) });
    },
  }),
  route({
    ...jsonView,
    path: '/view/deeds',
    id: 'deedsView',
    doc: 'What a participant was assigned, or judged, the newest first.',
    parameters: { participant: p.participant, ...span },
    handle: (visit, { participant, ...rows }) =>
      answer(visit, deedsPage(visit.site.folded().history, participant, rows)),
  }),
  route({
    ...jsonView,
    path: '/view/network',
    id: 'networkView',
    doc: 'The network: its terms, council, proposals, and the signed head.',
    parameters: {},
    handle: (visit) => {
      const { publication } = visit.site;
      // Asked for so that the next look has a fresh one; this one does not wait for the authority.
      void publication.current();
      const signed = publication.last;
      answer(visit, {
        ...networkView(visit.site.folded().history),
        signedHead:
          signed === null
            ? { size: null, note: null, problem: publication.problem }
            : { size: signed.size, note: signed.note, problem: null },
      });
    },
  }),
];
