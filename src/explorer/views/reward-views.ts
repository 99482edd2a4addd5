/** Views of money: accounts, periods, payouts, and the proof of what one was paid. */
import * as p from '../parameters.ts';
import { accountsPage, familyTotals, unitTotals } from '../read-models/accounts.ts';
import type { ClaimView, Settled } from '../read-models/claims.ts';
import { claimView } from '../read-models/claims.ts';
import {
  closingViews,
  correctionViews,
  hasPeriod,
  payoutsPage,
  periodsPage,
  ringViews,
} from '../read-models/payouts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import type { Visit } from '../visit.ts';
import { answer, jsonView, search, span } from './view.ts';

const SETTLEMENTS = ['daybook.settlement.published.v1', 'daybook.settlement.published.v2'];
/** Settlements that are looked through for a period's. */
const SETTLEMENTS_MAX = 2000;

/** Which accounts. */
export const whichAccounts = {
  unit: p.choice('A unit.', ['micro', 'work', 'audit'], { otherwise: null }),
  family: p.text('The first part of their names.', /^[a-z][a-z-]{0,40}$/, { otherwise: null }),
  search,
};

const anyPeriod = p.whole('Index of a reward period; without it, the newest settlement.', {
  min: 0,
  max: 1_000_000,
  otherwise: null,
});

async function claimIn(
  { site }: Visit,
  participant: string,
  run: string | null,
  period: number | null,
): Promise<ClaimView | null> {
  const filter = { types: SETTLEMENTS, ...(run === null ? {} : { run }) };
  // What is not indexed yet may be the newest settlement.
  const index = await site.search.whole();
  const { sequences } = index.find(filter, { from: 0, limit: SETTLEMENTS_MAX });
  for (const sequence of sequences) {
    const [event] = await site.search.entries([sequence]);
    if (!isSettled(event)) continue;
    if (period !== null && event.data.period !== period) continue;
    const isCumulative = event.type === 'daybook.settlement.published.v2';
    const { books } = isCumulative ? await site.foldedAt(sequence) : site.folded();
    return claimView(event, books, participant);
  }
  return null;
}

const isSettled = (event: { type: string } | undefined): event is Settled =>
  event !== undefined && SETTLEMENTS.includes(event.type);

export const rewardViews: readonly Route[] = [
  route({
    ...jsonView,
    path: '/view/rewards',
    id: 'rewardsView',
    doc: 'Totals, vesting rings, closings and corrections.',
    parameters: {},
    handle: (visit) => {
      const books = visit.site.folded().history;
      answer(visit, {
        units: unitTotals(books),
        families: familyTotals(books),
        rings: ringViews(books),
        closings: closingViews(books),
        corrections: correctionViews(books),
      });
    },
  }),
  route({
    ...jsonView,
    path: '/view/accounts',
    id: 'accountsView',
    doc: 'Accounts and their balances.',
    parameters: { ...whichAccounts, ...span },
    handle: (visit, question) => answer(visit, accountsPage(visit.site.folded().history, question)),
  }),
  route({
    ...jsonView,
    path: '/view/periods',
    id: 'periodsView',
    doc: 'Reward periods, the newest first.',
    parameters: { run: p.anyRun, ...span },
    handle: (visit, { run, ...rows }) =>
      answer(visit, periodsPage(visit.site.folded().history, run, rows)),
  }),
  route({
    ...jsonView,
    path: '/view/payouts',
    id: 'payoutsView',
    doc: 'Who was paid what in a period.',
    parameters: { run: p.run, period: p.period, ...span },
    handle: (visit, { run, period, ...rows }) => {
      const { history: books, statements } = visit.site.folded();
      const isThere = hasPeriod(books, run, period);
      answer(visit, isThere ? payoutsPage(books, statements, { run, period, ...rows }) : null);
    },
  }),
  route({
    ...jsonView,
    path: '/view/claim',
    id: 'claimView',
    doc: 'What a participant may claim by a settlement, with the path to its root.',
    parameters: { participant: p.participant, run: p.anyRun, period: anyPeriod },
    handle: async (visit, { participant, run, period }) =>
      answer(visit, await claimIn(visit, participant, run, period)),
  }),
];
