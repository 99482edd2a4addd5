/**
 * The views: what the page asks for and is not sent by itself, because it grows with the ledger. They
 * are the page's own, made for its tables; programs have the API.
 */
import type { Visit } from '../visit.ts';
import {
  accountsCsv,
  contributorsCsv,
  logCsv,
  membersCsv,
  payoutsCsv,
  windowsCsv,
} from './csv-views.ts';
import { entry, log, words } from './log-views.ts';
import { accounts, claim, payouts, periods, rewards } from './reward-views.ts';
import { contributor, contributors, deeds, network, series, window, windows } from './run-views.ts';

export const viewRoutes: ReadonlyMap<string, (visit: Visit) => void | Promise<void>> = new Map<
  string,
  (visit: Visit) => void | Promise<void>
>([
  ['/view/network', network],
  ['/view/windows', windows],
  ['/view/window', window],
  ['/view/series', series],
  ['/view/contributors', contributors],
  ['/view/contributor', contributor],
  ['/view/deeds', deeds],
  ['/view/rewards', rewards],
  ['/view/accounts', accounts],
  ['/view/periods', periods],
  ['/view/payouts', payouts],
  ['/view/claim', claim],
  ['/view/log', log],
  ['/view/words', words],
  ['/view/entry', entry],
  ['/view/windows.csv', windowsCsv],
  ['/view/contributors.csv', contributorsCsv],
  ['/view/members.csv', membersCsv],
  ['/view/accounts.csv', accountsCsv],
  ['/view/payouts.csv', payoutsCsv],
  ['/view/log.csv', logCsv],
]);
