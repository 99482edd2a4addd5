/** What accounts hold, and the names of those that the fold itself looks at. */
import type { Books } from './books.ts';

/** Credits less debits of an account: what it is owed (negative for an issuer). */
export function balanceOf(books: Books, unit: string, account: string): bigint {
  const balance = books.rewards.balances[`${unit}:${account}`];
  return balance === undefined ? 0n : BigInt(balance.credits) - BigInt(balance.debits);
}

/** Credits not yet settled. */
export const earnedBy = (run: string, actor: string): string => `earned/${run}/${actor}`;
/** Whose account of such credits it is. */
export const earnerOf = (account: string): string => account.slice(account.lastIndexOf('/') + 1);
/** Money paid out for a period, not yet claimable: in a bucket of the run's ring. */
export const vestingOf = (run: string, actor: string, bucket: number): string =>
  `vesting/${run}/${actor}/${bucket}`;
