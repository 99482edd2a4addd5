/** What the registry asks of a participant before it gets work of a run. */
import type { Books, Member, Policy } from '../../../projections/books.ts';
import { policyOf, windowKey } from '../../../projections/books.ts';
import { countingEscrow, leastStake } from '../../../projections/stakes.ts';

export const isStaked = (books: Books, policy: Policy | null, member: Member): boolean => {
  const least = leastStake(policy, member.role);
  return least === 0n || countingEscrow(books, member.participant) >= least;
};

/**
 * Whether members may work on a window of a run: staked, and in it by an offer that they took. A run
 * that is over has no offers any more; what is left of it to do is done by whoever is staked.
 */
export function standingFor(
  books: Books,
  run: string,
  window: number,
): (member: Member) => boolean {
  const planned = books.windows[windowKey(run, window)];
  const policy = planned === undefined ? books.policy : policyOf(books, planned);
  if (policy?.registry === undefined) return () => true;
  const state = books.runs[run]?.state;
  const over = state === 'completed' || state === 'failed';
  const answers = books.offers?.[run]?.answers;
  return (member) =>
    (over || answers?.[member.participant] === 'accepted') && isStaked(books, policy, member);
}
