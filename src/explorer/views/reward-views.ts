/** Views of money: accounts, periods, payouts, and the proof of what one was paid. */
import { Query } from '../query.ts';
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
import type { Visit } from '../visit.ts';
import { answer } from './answer.ts';
import { ACTOR, needed, numberOf, RUN, SEARCH, spanOf } from './ask.ts';

const SETTLEMENTS = ['daybook.settlement.published.v1', 'daybook.settlement.published.v2'];

export function rewards(visit: Visit): void {
  void new Query(visit.params, []);
  const books = visit.site.folded().history;
  answer(visit, {
    units: unitTotals(books),
    families: familyTotals(books),
    rings: ringViews(books),
    closings: closingViews(books),
    corrections: correctionViews(books),
  });
}

export function accounts(visit: Visit): void {
  const query = new Query(visit.params, [...ACCOUNT_FILTERS, 'from', 'limit']);
  const question = { ...accountFilterOf(query), ...spanOf(query) };
  answer(visit, accountsPage(visit.site.folded().history, question));
}

/** Parameters that say which accounts. */
export const ACCOUNT_FILTERS = ['unit', 'family', 'search'];

export const accountFilterOf = (query: Query) => ({
  unit: query.text('unit', /^(micro|work|audit)$/),
  family: query.text('family', /^[a-z][a-z-]{0,40}$/),
  search: query.text('search', SEARCH) ?? '',
});

export function periods(visit: Visit): void {
  const query = new Query(visit.params, ['run', 'from', 'limit']);
  const books = visit.site.folded().history;
  answer(visit, periodsPage(books, query.text('run', RUN), spanOf(query)));
}

export function payouts(visit: Visit): void {
  const query = new Query(visit.params, ['run', 'period', 'from', 'limit']);
  const run = needed(query, 'run', RUN);
  const period = numberOf(query, 'period') ?? 0;
  const { history: books, statements } = visit.site.folded();
  if (!hasPeriod(books, run, period)) return answer(visit, null);
  answer(visit, payoutsPage(books, statements, { run, period, ...spanOf(query) }));
}

/** Of the period's settlement, or without one of the newest there is. */
export async function claim(visit: Visit): Promise<void> {
  const query = new Query(visit.params, ['participant', 'run', 'period']);
  const participant = needed(query, 'participant', ACTOR);
  const run = query.text('run', RUN);
  const period = numberOf(query, 'period');
  answer(visit, await claimIn(visit, participant, run, period));
}

async function claimIn(
  { site }: Visit,
  participant: string,
  run: string | null,
  period: number | undefined,
): Promise<ClaimView | null> {
  const filter = { types: SETTLEMENTS, ...(run === null ? {} : { run }) };
  const { sequences } = await site.search.find(filter, { from: 0, limit: SETTLEMENTS_MAX });
  for (const sequence of sequences) {
    const [event] = await site.search.entries([sequence]);
    if (!isSettled(event)) continue;
    if (period !== undefined && event.data.period !== period) continue;
    const isCumulative = event.type === 'daybook.settlement.published.v2';
    const { books } = isCumulative ? await site.foldedAt(sequence) : site.folded();
    return claimView(event, books, participant);
  }
  return null;
}

/** Settlements that are looked through for a period's. */
const SETTLEMENTS_MAX = 2000;

const isSettled = (event: { type: string } | undefined): event is Settled =>
  event !== undefined && SETTLEMENTS.includes(event.type);
