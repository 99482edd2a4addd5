/**
 * What votes come to. Turnout is measured against the weight of the whole council, an abstention being
 * a vote; approval against what is for or against. Integers only, compared after multiplying out, so
 * nothing is rounded: a share is reached when it is reached exactly.
 */
import type { Policy } from '../projections/books.ts';
import type { Tally } from '../projections/network-book.ts';

export type Outcome = 'accepted' | 'rejected' | 'no_turnout';
export type VotingTerms = Pick<NonNullable<Policy['governance']>, 'turnoutBps' | 'approvalBps'>;

const WHOLE_BPS = 10_000;

/** At the end of voting. @param weight of the whole council */
export function outcomeOf(
  { yes, no, abstain }: Tally,
  weight: number,
  { turnoutBps, approvalBps }: VotingTerms,
): Outcome {
  if ((yes + no + abstain) * WHOLE_BPS < turnoutBps * weight) return 'no_turnout';
  // Where nobody is for it there is nothing to accept, even if nobody is against it.
  if (yes === 0) return 'rejected';
  return yes * WHOLE_BPS >= approvalBps * (yes + no) ? 'accepted' : 'rejected';
}

/**
 * The outcome, if the votes that are out cannot change it; null if they can. The extremes are enough:
 * nobody else votes, all are for it, all are against it. Approval lies between the last two, and
 * with turnout it only grows.
 */
export function settledOutcome(tally: Tally, weight: number, terms: VotingTerms): Outcome | null {
  const left = weight - tally.yes - tally.no - tally.abstain;
  const none = outcomeOf(tally, weight, terms);
  const allFor = outcomeOf({ ...tally, yes: tally.yes + left }, weight, terms);
  const allAgainst = outcomeOf({ ...tally, no: tally.no + left }, weight, terms);
  return none === allFor && none === allAgainst ? none : null;
}
