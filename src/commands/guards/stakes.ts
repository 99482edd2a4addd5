/** Deposits, and money on its way into escrow and out of it. */
import { AMOUNT_MAX } from '../../events/codecs.ts';
import type { Books } from '../../projections/books.ts';
import { balanceOf } from '../../projections/balances.ts';
import { escrowBalance, ownEscrow } from '../../projections/stakes.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { walletOf } from '../rules/money/accounts.ts';
import type { Guard } from './guard.ts';
import { keyTaken, termsProblem } from './identities.ts';

/** Wishes of one participant that wait at once. */
const UNLOCKING_MAX = 16;

const amountProblem = (amount: string): Refusal | null =>
  amount === '0' ? refuse('amount_zero', 'nothing would move') : null;

export const deposit: Guard<'daybook.stake.deposited.v1'> = (books, { fact: { data } }) => {
  const problem = termsProblem(books) ?? amountProblem(data.amount);
  if (problem !== null) return problem;
  // It may be there before its owner, but not for a key that stands for somebody else.
  if (books.members[data.participant] === undefined) {
    const taken = keyTaken(books, data.participant);
    if (taken !== null) return taken;
  }
  const seen = books.stakes?.references[data.reference];
  return seen === undefined
    ? null
    : refuse('deposit_already_recorded', `${data.reference} at sequence ${seen}`);
};

export const lock: Guard<'daybook.stake.locked.v1'> = (books, { actor, fact: { data } }) => {
  const problem = termsProblem(books) ?? amountProblem(data.amount);
  if (problem !== null) return problem;
  if (data.participant !== actor) return refuse('not_authorised', 'a node locks its own stake');
  const wallet = balanceOf(books, 'micro', walletOf(actor));
  if (wallet < BigInt(data.amount))
    return refuse('wallet_short', `it holds ${wallet}, ${data.amount} is asked for`);
  // A revocation gives all of it back in one entry, which must be able to say how much that is.
  return escrowBalance(books, actor) + BigInt(data.amount) > AMOUNT_MAX
    ? refuse('escrow_full', `an escrow holds ${AMOUNT_MAX} at most`)
    : null;
};

export const unlock: Guard<'daybook.stake.unlocking.v1'> = (books, { actor, fact: { data } }) => {
  const problem = amountProblem(data.amount) ?? notOffered(books);
  if (problem !== null) return problem;
  if (data.participant !== actor) return refuse('not_authorised', 'a node unlocks its own stake');
  if ((books.stakes?.unlocking[actor]?.length ?? 0) >= UNLOCKING_MAX)
    return refuse('unlocking_full', `${UNLOCKING_MAX} wait already`);
  const own = ownEscrow(books, actor);
  return own < BigInt(data.amount)
    ? refuse('escrow_short', `${own} of its own counts, ${data.amount} is asked for`)
    : null;
};

/** What was locked under terms comes out when there are none any more. */
const notOffered = (books: Books): Refusal | null =>
  books.stakes === undefined ? termsProblem(books) : null;
