/** Views of runs, windows, contributors and the network. */
import { windowKey } from '../../projections/books.ts';
import { Query } from '../query.ts';
import { contributorView } from '../read-models/contributor.ts';
import { CONTRIBUTOR_ORDERS, contributorsPage } from '../read-models/contributors.ts';
import { deedsPage } from '../read-models/deeds-page.ts';
import { networkView } from '../read-models/network.ts';
import type { Span } from '../read-models/page-of.ts';
import { pageOf } from '../read-models/page-of.ts';
import { SERIES_AXES, seriesView } from '../read-models/series.ts';
import { standingView } from '../read-models/standing.ts';
import { windowView } from '../read-models/window.ts';
import { windowRow } from '../read-models/window-row.ts';
import { windowsOf } from '../read-models/windows-of.ts';
import type { Visit } from '../visit.ts';
import { answer } from './answer.ts';
import { ACTOR, needed, numberOf, oneOf, RUN, SEARCH, spanOf } from './ask.ts';

const POINTS_MAX = 1000;

/** The newest first. */
export function windows(visit: Visit): void {
  const query = new Query(visit.params, ['run', 'from', 'limit']);
  const run = needed(query, 'run', RUN);
  const books = visit.site.folded().history;
  const all = windowsOf(books, run).toReversed();
  answer(
    visit,
    pageOf(all, spanOf(query), (one) => windowRow(books, one)),
  );
}

export function window(visit: Visit): void {
  const query = new Query(visit.params, ['run', 'window']);
  const run = needed(query, 'run', RUN);
  const books = visit.site.folded().history;
  const book = books.windows[windowKey(run, numberOf(query, 'window') ?? 0)];
  const planned = books.runs[run]?.windowsPlanned ?? 0;
  answer(
    visit,
    book === undefined ? null : { ...windowView(books, book), windowsPlanned: planned },
  );
}

export function series(visit: Visit): void {
  const query = new Query(visit.params, ['run', 'axis', 'points', 'participant']);
  const question = {
    axis: oneOf(query, 'axis', SERIES_AXES, 'window'),
    points: query.integer('points', { min: 16, max: POINTS_MAX, otherwise: 400 }),
    participant: query.text('participant', ACTOR),
  };
  const books = visit.site.folded().history;
  answer(visit, seriesView(books, needed(query, 'run', RUN), question));
}

/** Parameters that say which contributors, in which order. */
export const CONTRIBUTOR_FILTERS = ['search', 'role', 'status', 'order'];

/** With where each stands in the network. */
export function contributorRows({ site }: Visit, query: Query, span: Span) {
  const { history: books, statements } = site.folded();
  const question = {
    search: query.text('search', SEARCH) ?? '',
    role: query.text('role', /^(worker|validator)$/),
    status: query.text('status', /^[a-z]{1,20}$/),
    order: oneOf(query, 'order', CONTRIBUTOR_ORDERS, 'name'),
    ...span,
  };
  const page = contributorsPage({ books, tally: site.tally(), statements }, question);
  const rows = page.rows.map((row) => ({ ...row, standing: standingView(books, row.participant) }));
  return { ...page, rows };
}

export function contributors(visit: Visit): void {
  const query = new Query(visit.params, [...CONTRIBUTOR_FILTERS, 'from', 'limit']);
  answer(visit, contributorRows(visit, query, spanOf(query)));
}

export function contributor(visit: Visit): void {
  const query = new Query(visit.params, ['participant']);
  const participant = needed(query, 'participant', ACTOR);
  const { history: books, statements } = visit.site.folded();
  const member = books.members[participant];
  if (member === undefined) return answer(visit, null);
  const lines = statements.get(participant) ?? [];
  const done = visit.site.tally().deedsOf(participant);
  answer(visit, {
    ...contributorView(books, member, done, lines),
    standing: standingView(books, participant),
  });
}

/** What a participant was assigned, or judged, the newest first. */
export function deeds(visit: Visit): void {
  const query = new Query(visit.params, ['participant', 'from', 'limit']);
  const { history: books } = visit.site.folded();
  answer(visit, deedsPage(books, needed(query, 'participant', ACTOR), spanOf(query)));
}

export function network(visit: Visit): void {
  void new Query(visit.params, []);
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
}
