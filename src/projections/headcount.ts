/**
 * Heads by role, counted as members change: enumerating thousands of them costs milliseconds, and
 * whether there are enough is asked after every commit. Kept once mesh terms were adopted.
 */
import type { Books, Member } from './books.ts';
import type { Headcount, Heads } from './standing-book.ts';

const none = (): Heads => ({ admitted: 0, alive: 0, quarantined: 0 });

export function countHeads(books: Books): Headcount {
  const headcount: Headcount = { worker: none(), validator: none() };
  for (const member of Object.values(books.members)) weigh(headcount, member, 1);
  return headcount;
}

/** Puts a member in (1) or takes it out (-1), as it is now. */
export function weigh(headcount: Headcount, member: Member | undefined, by: 1 | -1): void {
  if (member === undefined) return;
  const heads = headcount[member.role];
  heads.admitted += by;
  if (member.status === 'alive') heads.alive += by;
  if (Object.keys(member.quarantine).length > 0) heads.quarantined += by;
}
