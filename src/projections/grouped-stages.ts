/**
 * Slots that are worked on in stages: the inner steps H of a slot are cut into k runs,
 *
 *   stage i works on steps [floor(i H / k), floor((i + 1) H / k))
 *
 * each an assignment of its own, from the state that the one before handed on. A slot's current
 * assignment is that of the stage it has come to; those of earlier stages stay in the window.
 */
import type { Assignment, StageData, WindowBook } from './books.ts';
import { currentAssignments } from './books.ts';

/** Steps of stage `index` of `count`, of `innerSteps`; at least one as long as count <= innerSteps. */
export function stepsOfStage(
  innerSteps: number,
  count: number,
  index: number,
): Pick<StageData, 'firstStep' | 'steps'> {
  const begin = (stage: number): number => Math.floor((stage * innerSteps) / count);
  return { firstStep: begin(index), steps: begin(index + 1) - begin(index) };
}

/** Whether what it comes to is the delta of its slot. */
export const isLastStage = ({ stage }: Pick<Assignment, 'stage'>): boolean =>
  stage === undefined || stage.index === stage.count - 1;

/** The assignments of a window that are not void: by slot, and within a slot by stage. */
export function heldIn(window: WindowBook): Assignment[] {
  const current = currentAssignments(window);
  if (current.every(({ stage }) => stage === undefined)) return current;
  const earlier = Object.values(window.assignments).filter(
    ({ assignment, slot, submission }) => submission !== null && window.slots[slot] !== assignment,
  );
  return [...current, ...earlier].sort((a, b) => a.slot - b.slot || a.attempt - b.attempt);
}

/** Work that is judged and paid: what was committed to, in the same order. */
export const submittedIn = (window: WindowBook): Assignment[] =>
  heldIn(window).filter(({ submission }) => submission !== null);

/** The assignment whose state this one began with; null: there is none before it. */
export const upstreamOf = (window: WindowBook, { stage }: Assignment): Assignment | null =>
  stage?.upstream == null ? null : (window.assignments[stage.upstream] ?? null);

/** To be called when an assignment is resolved: whoever went on from what does not count is told. */
export function refuseDownstream(
  window: WindowBook,
  { assignment, counted, stage }: Assignment,
): void {
  if (stage === undefined) return;
  for (const next of Object.values(window.assignments))
    if (next.stage?.upstream === assignment && next.submission !== null)
      if (next.stage.input !== counted) next.refusedInput = counted;
}
