/**
 * The contributors that a question selects, in the order that it wants. Only what the order needs is
 * looked up for everybody; the rows are made for those shown.
 */
import type { Books, Member } from '../../projections/books.ts';
import { balanceOf } from '../../projections/balances.ts';
import { escrowOf, walletOf } from '../../commands/rules/money/accounts.ts';
import type { ContributorView } from './contributor.ts';
import { contributorView } from './contributor.ts';
import type { PageOf, Span } from './page-of.ts';
import { pageOf } from './page-of.ts';
import { rosterOf } from './roster.ts';
import type { Statements } from './statements.ts';
import type { Tally } from './tally.ts';

export const CONTRIBUTOR_ORDERS = [
  'name',
  'accepted',
  'rejected',
  'verdicts',
  'tokens',
  'paid',
  'escrow',
  'heard',
] as const;
export type ContributorOrder = (typeof CONTRIBUTOR_ORDERS)[number];

export interface ContributorsQuestion extends Span {
  /** Part of a name, or the beginning of a key; empty: everybody. */
  readonly search: string;
  readonly role: string | null;
  readonly status: string | null;
  readonly order: ContributorOrder;
}

export interface ContributorsOf {
  readonly books: Books;
  readonly tally: Tally;
  readonly statements: Statements;
}

export function contributorsPage(
  { books, tally, statements }: ContributorsOf,
  question: ContributorsQuestion,
): PageOf<ContributorView> {
  const search = question.search.toLowerCase();
  const members = rosterOf(books).inOrder.filter(
    ({ role, status, name, participant }) =>
      (question.role === null || role === question.role) &&
      (question.status === null || status === question.status) &&
      (search === '' ||
        name.toLowerCase().includes(search) ||
        participant.toLowerCase().startsWith(search)),
  );
  return pageOf(ordered(books, tally, members, question.order), question, (member) =>
    contributorView(
      books,
      member,
      tally.deedsOf(member.participant),
      statements.get(member.participant) ?? [],
    ),
  );
}

/** By name, workers first, as they come; by anything else the most first, then by name. */
function ordered(
  books: Books,
  tally: Tally,
  byName: readonly Member[],
  order: ContributorOrder,
): readonly Member[] {
  if (order === 'name') return byName;
  const rank = (member: Member): bigint => BigInt(rankOf(books, tally, member, order));
  return byName
    .map((member) => ({ member, rank: rank(member) }))
    .sort((a, b) => (a.rank === b.rank ? 0 : a.rank > b.rank ? -1 : 1))
    .map(({ member }) => member);
}

function rankOf(
  books: Books,
  tally: Tally,
  { participant, ...member }: Member,
  order: Exclude<ContributorOrder, 'name'>,
): bigint | number {
  switch (order) {
    case 'accepted':
    case 'rejected':
      return member[order];
    case 'verdicts':
    case 'tokens':
      return tally.deedsOf(participant)[order];
    case 'paid':
      return balanceOf(books, 'micro', walletOf(participant));
    case 'escrow':
      return balanceOf(books, 'micro', escrowOf(participant));
    case 'heard':
      return member.lastHeardMs;
  }
}
