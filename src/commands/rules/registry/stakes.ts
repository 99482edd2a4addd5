/** Journals of deposits and stake, and the end of unbinding. Laws: what leaves an account was in it. */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Books } from '../../../projections/books.ts';
import { escrowBalance } from '../../../projections/stakes.ts';
import type { Unlocking } from '../../../projections/registry-book.ts';
import { escrowOf, ISSUER, journals, walletOf } from '../money/accounts.ts';
import type { Timer } from '../rule.ts';
import { fact } from '../rule.ts';

/** Reason of the transfer by which an escrow grows. */
export const STAKE_LOCKED = 'stake_locked';

function moved(
  id: string,
  debit: string,
  credit: string,
  amount: string,
  reason: string,
  because: readonly number[],
): Fact[] {
  return journals(id, [{ id, unit: 'micro', debit, credit, amount, reason, because }]);
}

export const postDeposit = ({ sequence, data }: EventOf<'daybook.stake.deposited.v1'>): Fact[] =>
  moved(`deposit/${data.reference}`, ISSUER, walletOf(data.participant), data.amount, 'deposit', [
    sequence,
  ]);

export const postLock = ({ sequence, data }: EventOf<'daybook.stake.locked.v1'>): Fact[] =>
  moved(
    `lock/${data.participant}/${sequence}`,
    walletOf(data.participant),
    escrowOf(data.participant),
    data.amount,
    STAKE_LOCKED,
    [sequence],
  );

export const postRelease = ({ sequence, data }: EventOf<'daybook.stake.released.v1'>): Fact[] =>
  moved(
    `release/${data.participant}/${data.asked}`,
    escrowOf(data.participant),
    walletOf(data.participant),
    data.amount,
    'stake_released',
    [data.asked, sequence],
  );

export function* stakeTimers(books: Books): Iterable<Timer> {
  for (const [participant, waiting] of Object.entries(books.stakes?.unlocking ?? {}))
    for (const unlocking of waiting)
      yield {
        dueMs: unlocking.dueMs,
        fire: () => [released(books, participant as ActorId, unlocking)],
      };
}

/** As much as there is: penalties came first. */
function released(books: Books, participant: ActorId, { asked, amount }: Unlocking): Fact {
  const escrow = escrowBalance(books, participant);
  const wanted = BigInt(amount);
  return fact('daybook.stake.released.v1', {
    participant,
    asked,
    amount: (wanted < escrow ? wanted : escrow).toString(),
  });
}
