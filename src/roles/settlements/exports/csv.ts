/** What each participant may have claimed in all, has claimed, and can claim: a table (RFC 4180). */
import { right } from 'fp-ts/lib/Either.js';
import { balanceOf } from '../../../projections/balances.ts';
import { walletOf, withdrawnBy } from '../../../commands/rules/money/accounts.ts';
import { csvText } from '../../csv-text.ts';
import type { SettlementExport } from './settlement-export.ts';

const COLUMNS = ['participant', 'name', 'cumulative_micro', 'claimed_micro', 'claimable_micro'];

export const csvExport: SettlementExport = {
  name: 'csv',
  doc: 'a table of cumulative, claimed and claimable micro-units',
  write: ({ settlement: { payouts, books } }) =>
    right(
      csvText([
        COLUMNS.map((text) => ({ text, numeric: false })),
        ...payouts.map(({ participant, cumulative }) => [
          { text: participant, numeric: false },
          { text: books.members[participant]?.name ?? '', numeric: false },
          { text: cumulative, numeric: true },
          ...[withdrawnBy(participant), walletOf(participant)].map((account) => ({
            text: balanceOf(books, 'micro', account).toString(),
            numeric: true,
          })),
        ]),
      ]),
    ),
};
