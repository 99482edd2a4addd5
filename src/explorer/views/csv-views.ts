/** Tables as files: the same rows as on the screen, by the same filters and columns. */
import { csvOf } from '../csv.ts';
import type { Column } from '../page/columns.js';
import { logColumns } from '../page/log-columns.js';
import { contributorColumns, windowColumns } from '../page/columns.js';
import { accountColumns, memberColumns, payoutColumns } from '../page/money-columns.js';
import { Query } from '../query.ts';
import { accountsPage } from '../read-models/accounts.ts';
import { feedLine } from '../read-models/feed.ts';
import { payoutsPage } from '../read-models/payouts.ts';
import { windowRow } from '../read-models/window-row.ts';
import { windowsOf } from '../read-models/windows-of.ts';
import { send } from '../reply.ts';
import type { Visit } from '../visit.ts';
import { headersOf } from './answer.ts';
import { needed, numberOf, RUN } from './ask.ts';
import { FILTERS, filterOf } from './log-views.ts';
import { ACCOUNT_FILTERS, accountFilterOf } from './reward-views.ts';
import { CONTRIBUTOR_FILTERS, contributorRows } from './run-views.ts';

const EVERYTHING = { from: 0, limit: Infinity };
/** Entries are read from the log one by one. */
const ENTRIES_MAX = 10_000;

/** The newest first. */
export function windowsCsv(visit: Visit): void {
  const run = needed(new Query(visit.params, ['run']), 'run', RUN);
  const books = visit.site.folded().history;
  const rows = windowsOf(books, run)
    .toReversed()
    .map((window) => windowRow(books, window));
  sendCsv(visit, 'windows.csv', windowColumns, rows);
}

export function contributorsCsv(visit: Visit): void {
  const query = new Query(visit.params, CONTRIBUTOR_FILTERS);
  const { rows } = contributorRows(visit, query, EVERYTHING);
  sendCsv(visit, 'contributors.csv', contributorColumns, rows);
}

/** With the columns of the network's page. */
export function membersCsv(visit: Visit): void {
  const query = new Query(visit.params, CONTRIBUTOR_FILTERS);
  const { rows } = contributorRows(visit, query, EVERYTHING);
  sendCsv(visit, 'contributors.csv', memberColumns(visit.site.folded().books.policy), rows);
}

export function accountsCsv(visit: Visit): void {
  const filter = accountFilterOf(new Query(visit.params, ACCOUNT_FILTERS));
  const { rows } = accountsPage(visit.site.folded().history, { ...filter, ...EVERYTHING });
  sendCsv(visit, 'accounts.csv', accountColumns, rows);
}

export function payoutsCsv(visit: Visit): void {
  const query = new Query(visit.params, ['run', 'period']);
  const run = needed(query, 'run', RUN);
  const period = numberOf(query, 'period') ?? 0;
  const { history, statements } = visit.site.folded();
  const { rows } = payoutsPage(history, statements, { run, period, ...EVERYTHING });
  sendCsv(visit, 'payouts.csv', payoutColumns, rows);
}

export async function logCsv(visit: Visit): Promise<void> {
  const { site } = visit;
  const query = new Query(visit.params, FILTERS);
  const index = await site.search.index();
  const found = index.find(filterOf(site, query, index), { from: 0, limit: ENTRIES_MAX });
  const books = site.folded().history;
  const events = await site.search.entries(found.sequences);
  const rows = events.map((event) => feedLine(books, event));
  sendCsv(visit, 'log.csv', logColumns, rows);
}

function sendCsv<Row>(
  { site, request, response }: Visit,
  name: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): void {
  const headers = {
    ...headersOf(site.folded().head),
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="${name}"`,
  };
  send(request, response, 200, headers, csvOf(columns, rows));
}
