/** Who speaks in a dispute for the resolution, and who may referee it. */
import type { ActorId } from '../../../events/ids.ts';
import type { Assignment, Books } from '../../../projections/books.ts';
import { must, windowKeyOf } from '../../../projections/books.ts';
import type { DisputeBook } from '../../../projections/dispute-book.ts';
import { countedBy } from '../windows/challenges.ts';
import { eligible, isAlive } from '../windows/eligibility.ts';

/** Validators whose verdicts made the resolution, in the order of the verdicts. */
export function agreeingOn(assignment: Assignment): ActorId[] {
  const { challenge, disposition, counted } = assignment;
  return (challenge?.verdicts ?? [])
    .filter(
      (verdict) =>
        verdict.disposition === disposition && countedBy(assignment, verdict) === counted,
    )
    .map(({ validator }) => validator);
}

/** Of those who have not yet been, the first alive, else the first; null: all have been. */
export function nextDefender(
  books: Books,
  assignment: Assignment,
  dispute: DisputeBook,
): ActorId | null {
  const left = agreeingOn(assignment).filter((actor) => !dispute.defenders.includes(actor));
  return left.find((actor) => isAlive(books, actor)) ?? left[0] ?? null;
}

/** Live validators without a part in the resolution who are not called yet. */
export function refereesLeft(
  books: Books,
  assignment: Assignment,
  dispute: DisputeBook,
): ActorId[] {
  const [run, window] = windowKeyOf(assignment.assignment).split('/');
  const parties = new Set(agreeingOn(assignment));
  return eligible(books, 'validator', must(run, 'run'), Number(window)).filter(
    (actor) => !parties.has(actor) && !dispute.referees.includes(actor),
  );
}
