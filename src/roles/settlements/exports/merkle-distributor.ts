/**
 * What is claimable at the settlement, in the format that Uniswap's merkle-distributor and its
 * claimers read. A distributor pays each of its claims once: whoever funds it has the claims recorded
 * on the ledger, or the next export names them again. Amounts are micro-units.
 */
import { left, right } from 'fp-ts/lib/Either.js';
import { balanceOf } from '../../../projections/balances.ts';
import { walletOf } from '../../../commands/rules/money/accounts.ts';
import { partyOf } from '../../explain/party.ts';
import { balanceTree, checksummed, hexOf } from './balance-tree.ts';
import type { Balance } from './balance-tree.ts';
import type { SettlementExport } from './settlement-export.ts';

export const merkleDistributorExport: SettlementExport = {
  name: 'merkle-distributor',
  doc: 'claims for a merkle-distributor contract, to the addresses that participants named',
  write: ({ settlement: { payouts, books } }) => {
    const due = payouts
      .map(({ participant }) => ({
        ...partyOf(books, participant),
        amount: balanceOf(books, 'micro', walletOf(participant)),
        address: books.addresses?.[participant],
      }))
      .filter(({ amount }) => amount > 0n);
    const homeless = due.filter(({ address }) => address === undefined);
    if (homeless.length > 0) {
      const who = homeless.map(({ name, participant }) => `${name} (${participant})`).join(', ');
      return left({ code: 'address_unknown', message: `no address of ${who}` });
    }
    if (due.length === 0)
      return left({ code: 'nothing_claimable', message: 'no payout is claimable' });
    const balances = due
      .map(({ address, amount }) => ({ address: checksummed(address as string), amount }))
      .sort((a, b) => (a.address < b.address ? -1 : 1));
    return right(`${JSON.stringify(distributionOf(balances), null, 2)}\n`);
  },
};

interface Distribution {
  readonly merkleRoot: string;
  readonly tokenTotal: string;
  readonly claims: Readonly<
    Record<string, { readonly index: number; readonly amount: string; readonly proof: string[] }>
  >;
}

/** @param balances by checksummed address, each once */
export function distributionOf(balances: readonly Balance[]): Distribution {
  const tree = balanceTree(balances);
  return {
    merkleRoot: hexOf(tree.root),
    tokenTotal: hexAmount(balances.reduce((sum, { amount }) => sum + amount, 0n)),
    claims: Object.fromEntries(
      balances.map(({ address, amount }, index) => [
        address,
        { index, amount: hexAmount(amount), proof: tree.proofOf(index).map(hexOf) },
      ]),
    ),
  };
}

/** Whole bytes, as its own scripts write them. */
function hexAmount(amount: bigint): string {
  const digits = amount.toString(16);
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
}
