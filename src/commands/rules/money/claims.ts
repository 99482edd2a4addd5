/** Claims and corrections: what a fact about one participant's money moves. */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import { balanceOf } from '../../../projections/balances.ts';
import type { Books } from '../../../projections/books.ts';
import type { Transfer } from './accounts.ts';
import { ISSUER, journals, walletOf, withdrawnBy } from './accounts.ts';
import { takeUnvested } from './vesting.ts';

export function payClaim(event: EventOf<'daybook.payout.claimed.v1'>): Fact[] {
  const { participant, amount } = event.data;
  const id = `claim/${participant}/${event.sequence}`;
  return journals(id, [
    {
      id,
      unit: 'micro',
      debit: walletOf(participant),
      credit: withdrawnBy(participant),
      amount,
      reason: 'claimed',
      because: [event.sequence],
    },
  ]);
}

/**
 * Given from the issuer, taken back to it: out of the pool nothing comes that its settlement did not
 * pay. Taken is what has not vested, the newest first, and then what is claimable.
 */
export function postCorrection(
  books: Books,
  event: EventOf<'daybook.correction.posted.v1'>,
): Fact[] {
  const { correction, original, participant, effect, amount, reason } = event.data;
  const id = `correction/${correction}`;
  const because = [original.sequence, event.sequence];
  const wallet = walletOf(participant);
  const transfer = (debit: string, credit: string, moved: bigint): Transfer => ({
    id,
    unit: 'micro',
    debit,
    credit,
    amount: moved.toString(),
    reason,
    because,
  });
  if (effect === 'give') return journals(id, [transfer(ISSUER, wallet, BigInt(amount))]);
  const unvested = takeUnvested(books, participant, BigInt(amount), {
    id,
    into: ISSUER,
    reason,
    because,
  });
  const taken = unvested.reduce((sum, one) => sum + BigInt(one.amount), 0n);
  return journals(id, [...unvested, transfer(wallet, ISSUER, BigInt(amount) - taken)]);
}

/** The most that a correction can take from a participant: what it has been paid and not claimed. */
export const claimableOf = (books: Books, participant: string): bigint =>
  balanceOf(books, 'micro', walletOf(participant));
