/**
 * Chart of accounts. Money (unit `micro`) comes from the issuer and ends with participants, in
 * escrow, with the penalties, or stays in a pool; credits (units `work`, `audit`) are issued for
 * accepted facts, held until their period closes, and then settled or forfeited. In every unit the
 * debits of all accounts equal their credits.
 */
import type { Fact, FactOf } from '../../../events/catalogue.ts';
import { fact } from '../rule.ts';

export const ISSUER = 'issuer';
export const PENALTIES = 'penalties';
/** Bonds of open disputes. */
export const DISPUTES = 'disputes';
/** What offences took that can still be appealed, and bonds of open appeals. */
export const SLASHED = 'slashed';
export const APPEALS = 'appeals';
export const SETTLED = 'settled';
export const FORFEITED = 'forfeited';
export const poolOf = (run: string, period: number): string => `pool/${run}/${period}`;
export const escrowOf = (actor: string): string => `escrow/${actor}`;
export { earnedBy, vestingOf } from '../../../projections/balances.ts';
/** Money paid out and not yet claimed. */
export const walletOf = (actor: string): string => `participant/${actor}`;
/** Money that has left the ledger. */
export const withdrawnBy = (actor: string): string => `withdrawn/${actor}`;

export type Transfer = FactOf<'daybook.journal.posted.v1'>['data']['transfers'][number];
/** Keeps a journal below the size of an entry, whatever its names and amounts. */
const TRANSFERS_PER_JOURNAL = 256;

/** Transfers of nothing are left out; long journals are split, in order. */
export function journals(id: string, transfers: readonly Transfer[]): Fact[] {
  const real = transfers.filter((transfer) => transfer.amount !== '0');
  const out: Fact[] = [];
  for (let first = 0; first < real.length; first += TRANSFERS_PER_JOURNAL) {
    const part = out.length === 0 ? id : `${id}/part-${out.length}`;
    const slice = real.slice(first, first + TRANSFERS_PER_JOURNAL);
    out.push(fact('daybook.journal.posted.v1', { journal: part, transfers: slice }));
  }
  return out;
}
