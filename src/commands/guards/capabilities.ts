/** What a node may say about itself: no more than its own benchmark shows. */
import { refuse } from '../refusal.ts';
import type { Guard } from './guard.ts';
import { termsProblem } from './identities.ts';
import { sessionProblem } from './participants.ts';

export const claimCapability: Guard<'daybook.capability.claimed.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const problem = termsProblem(books);
  if (problem !== null) return problem;
  if (data.participant !== actor) return refuse('not_authorised', 'a node speaks for itself');
  const over = sessionProblem(books, actor, data.session);
  if (over !== null) return over;
  if (data.computeClass !== books.members[actor]?.computeClass)
    return refuse('compute_class_mismatch', 'the session declared another class');
  const { tokens, elapsedMs } = data.benchmark;
  // Rounded up, in whole tokens a second.
  const shown = (BigInt(tokens) * 1000n + BigInt(elapsedMs) - 1n) / BigInt(elapsedMs);
  return BigInt(data.tokensPerSecond) > shown
    ? refuse('claim_unfounded', `the benchmark shows ${shown} tokens a second`)
    : null;
};
