/**
 * The stake book beside the accounts: what of an escrow is on its way out, and which deposits were
 * seen. Money itself moves by journals only. Escrow that is being unlocked stays in the account, so a
 * penalty reaches it: first what still counts is taken, then what is on its way out, the latest first.
 */
import type { EventOfFamily } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';
import type { Books, Member, Policy } from './books.ts';
import { byName } from './books.ts';
import type { StakeBook } from './registry-book.ts';
import { emptyIdentityBook, emptyStakeBook, show } from './empty-registry.ts';
import { balanceOf } from './balances.ts';

/** Without terms of its own stake is unbound after the longest time that terms can ask for: a week. */
const UNBOND_MS_MAX = 7 * 24 * 3_600_000;

export function foldStake(books: Books, event: EventOfFamily<'stake'>): void {
  const book = (books.stakes ??= emptyStakeBook());
  const { participant, amount } = event.data;
  switch (event.type) {
    case 'daybook.stake.deposited.v1': {
      const { reference, depositor } = event.data;
      book.references[reference] = event.sequence;
      const from = (book.deposited[participant] ??= byName<string>());
      from[depositor] = (BigInt(from[depositor] ?? '0') + BigInt(amount)).toString();
      if (hasFunded(books, participant, depositor))
        show((books.identity ??= emptyIdentityBook()), depositorSign(depositor), participant);
      return;
    }
    case 'daybook.stake.locked.v1': {
      const lent = escrowBalance(books, participant).toString();
      const own = (book.own[participant] ??= { lent, brought: '0' });
      own.brought = (BigInt(own.brought) + BigInt(amount)).toString();
      return;
    }
    case 'daybook.stake.unlocking.v1':
      beginUnlocking(books, book, participant, amount, event.sequence);
      return;
    case 'daybook.stake.released.v1': {
      const left = book.unlocking[participant]?.filter(({ asked }) => asked !== event.data.asked);
      if (left === undefined || left.length === 0) delete book.unlocking[participant];
      else book.unlocking[participant] = left;
      return;
    }
    default:
      event satisfies never;
  }
}

/** Least escrow of a role, in micro-units; nothing where no terms say so. */
export function leastStake(policy: Policy | null, role: Member['role']): bigint {
  const terms = policy?.registry;
  if (terms === undefined) return 0n;
  return BigInt(role === 'worker' ? terms.workerStake : terms.validatorStake);
}

export const depositorSign = (depositor: string): string => `depositor/${depositor}`;

/**
 * Whether a depositor has brought as much as the role must have in escrow: less could be sent to
 * somebody else to make him look alike.
 */
export function hasFunded(books: Books, participant: ActorId, depositor: string): boolean {
  const member = books.members[participant];
  if (member === undefined) return false;
  const brought = BigInt(books.stakes?.deposited[participant]?.[depositor] ?? '0');
  return brought > 0n && brought >= leastStake(books.policy, member.role);
}

/** Depositors of whom that is so. */
export const fundersOf = (books: Books, participant: ActorId): string[] =>
  Object.keys(books.stakes?.deposited[participant] ?? {}).filter((depositor) =>
    hasFunded(books, participant, depositor),
  );

function beginUnlocking(
  books: Books,
  book: StakeBook,
  participant: ActorId,
  amount: string,
  asked: number,
): void {
  const dueMs = books.ledger.clockMs + (books.policy?.registry?.unbondMs ?? UNBOND_MS_MAX);
  (book.unlocking[participant] ??= []).push({ asked, amount, dueMs });
  const own = book.own[participant];
  if (own !== undefined) own.brought = (BigInt(own.brought) - BigInt(amount)).toString();
}

/** Of who is out for good, all that it can have back. */
export function unlockAll(books: Books, participant: ActorId, asked: number): void {
  const own = ownEscrow(books, participant);
  if (own === 0n) return;
  const book = (books.stakes ??= emptyStakeBook());
  beginUnlocking(books, book, participant, own.toString(), asked);
}

const unlockingSum = (books: Books, participant: ActorId): bigint =>
  (books.stakes?.unlocking[participant] ?? []).reduce(
    (sum, { amount }) => sum + BigInt(amount),
    0n,
  );

export const escrowBalance = (books: Books, participant: ActorId): bigint =>
  balanceOf(books, 'micro', `escrow/${participant}`);

/** Escrow less what is on its way out, in micro-units; never below zero. */
export function countingEscrow(books: Books, participant: ActorId): bigint {
  const left = escrowBalance(books, participant) - unlockingSum(books, participant);
  return left < 0n ? 0n : left;
}

/**
 * What of it can be asked back, in micro-units: what the participant brought itself, less what
 * penalties left. The stake that an issuer lends with an admission stays, and bears a penalty last.
 */
export function ownEscrow(books: Books, participant: ActorId): bigint {
  const own = books.stakes?.own[participant];
  if (own === undefined) return 0n;
  const left = countingEscrow(books, participant) - BigInt(own.lent);
  const brought = BigInt(own.brought);
  if (left <= 0n) return 0n;
  return left < brought ? left : brought;
}
