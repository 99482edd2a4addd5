/** The books and what people read in them, as of any entry. */
import { canonicalJson } from '../../events/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../events/canonical-json.ts';
import { csvOf } from '../csv.ts';
import { byWindow, contributorColumns, windowColumns } from '../page/columns.js';
import * as p from '../parameters.ts';
import { HttpError, sendTagged } from '../reply.ts';
import type { HeadView, Overview } from '../read-models/overview.ts';
import { windowRow } from '../read-models/window-row.ts';
import { route } from '../route.ts';
import type { Visit } from '../visit.ts';
import { asOf, AT_ERRORS, jsonOfEntries, sendOfEntries } from './answers.ts';
import type { Shape } from './shape.ts';
import { anyObject, anything } from './shape.ts';
import { contributorView, overviewView, periodView, runView, windowView } from './views.ts';

const TAG = { tag: 'ledger' } as const;

const books = route({
  ...TAG,
  path: '/api/books',
  id: 'books',
  doc: 'The books in canonical JSON: the bytes that a replay of the same entries gives.',
  parameters: { at: p.at },
  answer: jsonOfEntries('All sections by name.', anyObject),
  errors: AT_ERRORS,
  handle: async (visit, { at }) => {
    const { head, books: folded } = await visit.site.foldedAt(at);
    sendOfEntries(visit, head, canonicalJson(folded as unknown as JsonObject));
  },
});

const section = route({
  ...TAG,
  path: '/api/books/{section}',
  id: 'booksSection',
  doc: 'One section of the books in canonical JSON; which ones there are, the books say.',
  parameters: {
    section: p.text('Name of a section.', /^[a-z][A-Za-z]{0,39}$/, { required: 'a section' }),
    at: p.at,
  },
  answer: jsonOfEntries('The value of the section.', anything),
  errors: ['not_found', ...AT_ERRORS],
  handle: async (visit, { section: name, at }) => {
    const { head, books: folded } = await visit.site.foldedAt(at);
    if (!Object.hasOwn(folded, name)) throw new HttpError(404, 'not_found', 'no such section');
    const value = (folded as unknown as Record<string, JsonValue>)[name];
    sendOfEntries(visit, head, canonicalJson(value as JsonValue));
  },
});

const overview = route({
  ...TAG,
  path: '/api/overview',
  id: 'overview',
  doc: 'Everything that the live page shows: runs, windows, contributors, periods, latest entries.',
  parameters: { at: p.at },
  answer: jsonOfEntries('As the page has it.', overviewView),
  errors: AT_ERRORS,
  handle: async (visit, { at }) => {
    const { fault } = visit.site.follower;
    const view = await visit.site.overviewAt(at);
    sendOfEntries(visit, view.head, JSON.stringify({ ...view, fault }));
  },
});

/** One item of the overview. */
async function one<A>(
  visit: Visit,
  at: number | null,
  of: (overview: Overview) => A | undefined,
): Promise<void> {
  const view = await visit.site.overviewAt(at);
  const found = of(view);
  if (found === undefined) throw new HttpError(404, 'not_found', 'not in this ledger');
  sendOfEntries(visit, view.head, JSON.stringify(found));
}

const item = <A>(doc: string, shape: Shape<A>) =>
  ({
    ...TAG,
    doc,
    answer: jsonOfEntries(doc, shape),
    errors: ['not_found', ...AT_ERRORS],
  }) as const;

const items = [
  route({
    ...item('One run: state, progress, losses, its chain of checkpoints.', runView),
    path: '/api/runs/{run}',
    id: 'run',
    parameters: { run: p.run, at: p.at },
    handle: (visit, { run, at }) =>
      one(visit, at, ({ runs }) => runs.find((view) => view.run === run)),
  }),
  route({
    ...item('One window: assignments, verdicts, reports, what was promoted.', windowView),
    path: '/api/windows/{run}/{window}',
    id: 'window',
    parameters: { run: p.run, window: p.window, at: p.at },
    handle: (visit, { run, window, at }) =>
      one(visit, at, ({ windows }) =>
        windows.find((view) => view.run === run && view.window === window),
      ),
  }),
  route({
    ...item(
      'One contributor: whether it is alive, what it did, earned and was paid.',
      contributorView,
    ),
    path: '/api/contributors/{participant}',
    id: 'contributor',
    parameters: { participant: p.participant, at: p.at },
    handle: (visit, { participant, at }) =>
      one(visit, at, ({ contributors }) =>
        contributors.find((view) => view.participant === participant),
      ),
  }),
  route({
    ...item('One reward period: its pool and what was paid to whom.', periodView),
    path: '/api/periods/{run}/{period}',
    id: 'period',
    parameters: { run: p.run, period: p.period, at: p.at },
    handle: (visit, { run, period, at }) =>
      one(visit, at, ({ periods }) =>
        periods.find((view) => view.run === run && view.period === period),
      ),
  }),
];

function sendCsv({ request, response }: Visit, head: HeadView, name: string, text: string): void {
  const headers = {
    ...asOf(head),
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="${name}"`,
  };
  sendTagged(request, response, headers, text);
}

const csvAnswer = {
  doc: 'The table of the page.',
  types: { 'text/csv': { type: 'string' } },
  isOfEntries: true,
} as const;

const tables = [
  route({
    ...TAG,
    path: '/api/windows.csv',
    id: 'windowsTable',
    doc: 'The windows as CSV.',
    parameters: { run: p.anyRun, at: p.at },
    answer: csvAnswer,
    errors: AT_ERRORS,
    handle: async (visit, { run, at }) => {
      const { head, history } = await visit.site.foldedAt(at);
      const rows = Object.values(history.windows)
        .filter((window) => run === null || window.run === run)
        .map((window) => windowRow(history, window))
        .sort(byWindow);
      sendCsv(visit, head, 'windows.csv', csvOf(windowColumns, rows));
    },
  }),
  route({
    ...TAG,
    path: '/api/contributors.csv',
    id: 'contributorsTable',
    doc: 'The contributors as CSV.',
    parameters: { at: p.at },
    answer: csvAnswer,
    errors: AT_ERRORS,
    handle: async (visit, { at }) => {
      const { head, contributors } = await visit.site.overviewAt(at);
      sendCsv(visit, head, 'contributors.csv', csvOf(contributorColumns, contributors));
    },
  }),
];

export const bookRoutes = [books, section, overview, ...items, ...tables];
