/** Who may be given work now, and who holds some. */
import type { ActorId } from '../../events/ids.ts';
import type { Assignment, Books, Member, WindowBook } from '../../projections/books.ts';
import { currentAssignments, openWindow } from '../../projections/books.ts';
import { standingFor } from './standing.ts';

/** Live members of a role, not in quarantine for this window, in ascending order of their keys. */
export function eligible(
  books: Books,
  role: Member['role'],
  run: string,
  window: number,
): ActorId[] {
  const stands = standingFor(books, run, window);
  return Object.values(books.members)
    .filter(
      (member) =>
        member.role === role &&
        member.status === 'alive' &&
        (member.quarantine[run] ?? 0) <= window &&
        stands(member),
    )
    .map((member) => member.participant)
    .sort();
}

/** Everybody with the role, wherever they are now. */
export const admitted = (books: Books, role: Member['role']): ActorId[] =>
  Object.values(books.members)
    .filter((member) => member.role === role)
    .map((member) => member.participant);

export const isAlive = (books: Books, actor: ActorId): boolean =>
  books.members[actor]?.status === 'alive';

/** Whether more is to come from a participant: its assignment is neither settled nor taken back. */
export const isOpen = (assignment: Assignment): boolean =>
  assignment.state === 'issued' ||
  assignment.state === 'claimed' ||
  (assignment.state === 'committed' && !assignment.revealed);

export const openAssignmentsOf = (window: WindowBook, actor: ActorId): Assignment[] =>
  currentAssignments(window).filter(
    (assignment) => assignment.participant === actor && isOpen(assignment),
  );

export function holdsWork(books: Books, actor: ActorId): boolean {
  if (isAsked(books, actor)) return true;
  return Object.keys(books.runs).some((run) => {
    const window = openWindow(books, run);
    if (window === undefined) return false;
    const judging = currentAssignments(window).some(
      ({ challenge, resolvedSequence }) =>
        challenge !== null &&
        resolvedSequence === null &&
        challenge.panel.includes(actor) &&
        challenge.verdicts.every((verdict) => verdict.validator !== actor),
    );
    return judging || openAssignmentsOf(window, actor).length > 0;
  });
}

/** Whether a dispute waits for its answer or its finding. */
const isAsked = (books: Books, actor: ActorId): boolean =>
  Object.values(books.disputes ?? {}).some(
    ({ claimant, defenders, referees, referred }) =>
      (referred === null && (claimant === actor || defenders.at(-1) === actor)) ||
      referees.includes(actor),
  );
