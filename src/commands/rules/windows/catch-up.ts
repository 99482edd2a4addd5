/** Under terms for catching up a worker gets work of a run once it holds a state of it. */
import type { Books, Member } from '../../../projections/books.ts';
import { policyOf, windowKey } from '../../../projections/books.ts';

/** Whether the worker has shown, in its present session, that it has caught up with the run. */
export function hasCaughtUp(books: Books, member: Member, run: string, window: number): boolean {
  if (member.role !== 'worker') return true;
  const planned = books.windows[windowKey(run, window)];
  const policy = planned === undefined ? books.policy : policyOf(books, planned);
  if (policy?.catchUp === undefined) return true;
  return books.caughtUp?.[run]?.[member.participant]?.session === member.session;
}
