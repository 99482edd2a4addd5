/** Tables as files: the same rows as on the screen, by the same filters and columns. */
import type { Column } from '../page/columns.js';
import { contributorColumns, windowColumns } from '../page/columns.js';
import { logColumns } from '../page/log-columns.js';
import { accountColumns, memberColumns, payoutColumns } from '../page/money-columns.js';
import * as p from '../parameters.ts';
import { accountsPage } from '../read-models/accounts.ts';
import { feedLine } from '../read-models/feed.ts';
import { payoutsPage } from '../read-models/payouts.ts';
import { windowRow } from '../read-models/window-row.ts';
import { windowsOf } from '../read-models/windows-of.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { filterOf, whichEntries } from './log-views.ts';
import { whichAccounts } from './reward-views.ts';
import { contributorRows, whichContributors } from './run-views.ts';
import { answerCsv, csvView } from './view.ts';

const EVERYTHING = { from: 0, limit: Infinity };
/** Entries are read from the log one by one. */
const ENTRIES_MAX = 10_000;

export const csvViews: readonly Route[] = [
  route({
    ...csvView,
    path: '/view/windows.csv',
    id: 'windowsFile',
    doc: 'Windows of a run, the newest first.',
    parameters: { run: p.run },
    handle: (visit, { run }) => {
      const books = visit.site.folded().history;
      const rows = windowsOf(books, run).toReversed();
      const views = rows.map((window) => windowRow(books, window));
      answerCsv(visit, 'windows.csv', windowColumns, views);
    },
  }),
  route({
    ...csvView,
    path: '/view/contributors.csv',
    id: 'contributorsFile',
    doc: 'Contributors.',
    parameters: whichContributors,
    handle: (visit, which) => {
      const { rows } = contributorRows(visit, which, EVERYTHING);
      answerCsv(visit, 'contributors.csv', contributorColumns, rows);
    },
  }),
  route({
    ...csvView,
    path: '/view/members.csv',
    id: 'membersFile',
    doc: "Contributors, with the columns of the network's page.",
    parameters: whichContributors,
    handle: (visit, which) => {
      const { rows } = contributorRows(visit, which, EVERYTHING);
      const columns = memberColumns(visit.site.folded().books.policy);
      answerCsv(visit, 'contributors.csv', columns as readonly Column<unknown>[], rows);
    },
  }),
  route({
    ...csvView,
    path: '/view/accounts.csv',
    id: 'accountsFile',
    doc: 'Accounts and their balances.',
    parameters: whichAccounts,
    handle: (visit, which) => {
      const books = visit.site.folded().history;
      const { rows } = accountsPage(books, { ...which, ...EVERYTHING });
      answerCsv(visit, 'accounts.csv', accountColumns, rows);
    },
  }),
  route({
    ...csvView,
    path: '/view/payouts.csv',
    id: 'payoutsFile',
    doc: 'Who was paid what in a period.',
    parameters: { run: p.run, period: p.period },
    handle: (visit, { run, period }) => {
      const { history, statements } = visit.site.folded();
      const { rows } = payoutsPage(history, statements, { run, period, ...EVERYTHING });
      answerCsv(visit, 'payouts.csv', payoutColumns, rows);
    },
  }),
  route({
    ...csvView,
    path: '/view/log.csv',
    id: 'logFile',
    doc: 'What a search of the log finds, the newest 10,000.',
    parameters: whichEntries,
    handle: async (visit, which) => {
      const { site } = visit;
      const index = await site.search.whole();
      const found = index.find(filterOf(site, which, index), { from: 0, limit: ENTRIES_MAX });
      const books = site.folded().history;
      const events = await site.search.entries(found.sequences);
      const rows = events.map((event) => feedLine(books, event));
      answerCsv(visit, 'log.csv', logColumns, rows);
    },
  }),
];
