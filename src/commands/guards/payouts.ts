/** Claims, addresses, and corrections of what was posted. */
import type { Books } from '../../projections/books.ts';
import type { CorrectionBook } from '../../projections/payout-book.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { claimableOf } from '../rules/money/claims.ts';
import { unvestedOf } from '../rules/money/vesting.ts';
import type { Guard } from './guard.ts';

/** Once a ledger has had terms of vesting, what was paid under them can be claimed for ever. */
const notOffered = (books: Books): Refusal | null =>
  books.policy?.vesting === undefined && books.rings === undefined
    ? refuse('payouts_not_offered', 'the policy has no terms of vesting')
    : null;

export const claim: Guard<'daybook.payout.claimed.v1'> = (books, { actor, fact: { data } }) => {
  const offered = notOffered(books);
  if (offered !== null) return offered;
  if (data.participant !== actor) return refuse('not_authorised', 'a node claims for itself');
  if (data.amount === '0') return refuse('amount_is_nothing', 'claim something');
  const claimable = claimableOf(books, actor);
  return BigInt(data.amount) <= claimable
    ? null
    : refuse('claim_exceeds_payouts', `${claimable} micro-units are claimable`);
};

export const address: Guard<'daybook.payout.addressed.v1'> = (books, { actor, fact: { data } }) => {
  const offered = notOffered(books);
  if (offered !== null) return offered;
  if (data.participant !== actor) return refuse('not_authorised', 'a node speaks for itself');
  const other = Object.entries(books.addresses ?? {}).find(
    ([participant, known]) => known === data.address && participant !== actor,
  );
  return other === undefined ? null : refuse('address_taken', `it is ${other[0]}'s`);
};

export const correct: Guard<'daybook.correction.posted.v1'> = (books, { fact: { data } }) => {
  const offered = notOffered(books);
  if (offered !== null) return offered;
  const { correction, original, participant, effect, amount } = data;
  if (books.members[participant] === undefined) return refuse('participant_unknown', participant);
  if (books.corrections?.[correction] !== undefined)
    return refuse('correction_already_posted', correction);
  if (amount === '0') return refuse('amount_is_nothing', 'correct something');
  return (
    originalProblem(books, data) ??
    (effect === 'give'
      ? null
      : takingProblem(books, participant, BigInt(amount), original.transfer))
  );
};

type Posted = Parameters<typeof correct>[1]['fact']['data'];

/** Of an archived transfer the books know only since when it can be: its entry tells the rest. */
function originalProblem(books: Books, data: Posted): Refusal | null {
  const { transfer, sequence, amount } = data.original;
  const earlier = correctionOf(books, transfer);
  if (earlier !== null) return correctionProblem(books, earlier, data);
  const posted = books.rewards.transfers[transfer];
  const archivedBefore = books.rewards.settledSequence ?? 0;
  if (posted === undefined ? sequence >= archivedBefore : sequence !== posted)
    return refuse('original_unknown', `no entry ${sequence} posted ${transfer}`);
  const more = BigInt(data.amount) + netTaken(books, transfer, data.effect);
  return data.effect === 'take' && more > BigInt(amount)
    ? refuse('correction_exceeds_original', `with earlier ones it takes ${more} of ${amount}`)
    : null;
}

/** A correction is corrected by its opposite, up to what it moved. */
function correctionProblem(books: Books, earlier: CorrectionBook, data: Posted): Refusal | null {
  const { transfer, sequence, amount } = data.original;
  if (
    sequence !== earlier.sequence ||
    amount !== earlier.amount ||
    data.participant !== earlier.participant
  )
    return refuse(
      'original_unknown',
      `${transfer} is entry ${earlier.sequence}, of ${earlier.amount}`,
    );
  if (data.effect === earlier.effect)
    return refuse('correction_exceeds_original', `${transfer} is corrected by the opposite`);
  const more = BigInt(data.amount) + netTaken(books, transfer, data.effect);
  return more > BigInt(earlier.amount)
    ? refuse(
        'correction_exceeds_original',
        `with earlier ones it undoes ${more} of ${earlier.amount}`,
      )
    : null;
}

const correctionOf = (books: Books, transfer: string): CorrectionBook | null => {
  const [kind, name = ''] = transfer.split('/');
  return kind === 'correction' ? (books.corrections?.[name] ?? null) : null;
};

/** What corrections of a transfer have moved in this direction, less what they moved back. */
function netTaken(books: Books, transfer: string, effect: 'give' | 'take'): bigint {
  let sum = 0n;
  for (const one of Object.values(books.corrections ?? {}))
    if (one.original === transfer) sum += BigInt(one.amount) * (one.effect === effect ? 1n : -1n);
  return sum;
}

function takingProblem(
  books: Books,
  participant: string,
  amount: bigint,
  transfer: string,
): Refusal | null {
  const there = unvestedOf(books, participant) + claimableOf(books, participant);
  return amount <= there
    ? null
    : refuse('correction_exceeds_balance', `${there} of what ${transfer} paid is still there`);
}
