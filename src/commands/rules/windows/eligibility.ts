/** Who may be given work now, and who holds some. */
import type { ActorId } from '../../../events/ids.ts';
import type { Assignment, Books, Member, WindowBook } from '../../../projections/books.ts';
import { currentAssignments, openWindow } from '../../../projections/books.ts';
import { heldIn } from '../../../projections/grouped-stages.ts';
import { owesScores } from '../../../projections/scoring.ts';
import { hasCaughtUp } from './catch-up.ts';
import { standingFor } from '../registry/standing.ts';

/** Whether a member has what it takes besides being there: stake and offer, the state of the run. */
export function readyFor(books: Books, run: string, window: number): (member: Member) => boolean {
  const stands = standingFor(books, run, window);
  const isStaged = books.runs[run]?.plan.stages !== undefined;
  return (member) =>
    stands(member) &&
    hasCaughtUp(books, member, run, window) &&
    // What is handed on has one right value, to the bit.
    (!isStaged || member.role !== 'worker' || member.computeClass === 'exact');
}

/** Live and ready members of a role, not in quarantine for this window, in ascending order of their keys. */
export function eligible(
  books: Books,
  role: Member['role'],
  run: string,
  window: number,
): ActorId[] {
  const isReady = readyFor(books, run, window);
  return Object.values(books.members)
    .filter(
      (member) =>
        member.role === role &&
        member.status === 'alive' &&
        (member.quarantine[run] ?? 0) <= window &&
        isReady(member),
    )
    .map((member) => member.participant)
    .sort();
}

/** Whether there are so many of them, without walking the members where heads are counted. */
export function hasEligible(
  books: Books,
  role: Member['role'],
  run: string,
  window: number,
  least: number,
): boolean {
  const heads = books.headcount?.[role];
  if (heads !== undefined && heads.alive < least) return false;
  // Who is alive and free may still lack stake, an offer or the state.
  const isCounted =
    books.policy?.registry === undefined &&
    books.policy?.catchUp === undefined &&
    books.runs[run]?.plan.stages === undefined;
  if (heads !== undefined && isCounted && heads.alive - heads.quarantined >= least) return true;
  return eligible(books, role, run, window).length >= least;
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
  if (isAsked(books, actor) || owesScores(books, actor)) return true;
  return Object.keys(books.runs).some((run) => {
    const window = openWindow(books, run);
    if (window === undefined) return false;
    const judging = heldIn(window).some(
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
