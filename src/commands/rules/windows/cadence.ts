/**
 * The public window clock: slot k is [k L, (k + 1) L) of Unix time in ms. A window is planned when a
 * slot begins and is sealed when it ends at the latest, so anybody knows from a clock alone which
 * window is open, and nobody can hurry or delay one. A slot in which the window before is still worked
 * on, or in which too few are alive, goes by.
 */
import type { Books, Policy, RunBook } from '../../../projections/books.ts';
import { windowKey } from '../../../projections/books.ts';

type Cadence = NonNullable<Policy['cadence']>;

const slotOf = ({ windowMs }: Cadence, ms: number): number => Math.floor(ms / windowMs);

/** When the next window of the run is planned: as a slot begins; 0: at once. */
export function mayPlanMs(books: Books, { plan, windowsPlanned, activeSinceMs }: RunBook): number {
  const cadence = books.policy?.cadence;
  if (cadence === undefined) return 0;
  const before = books.windows[windowKey(plan.run, windowsPlanned - 1)];
  const since = Math.max(activeSinceMs ?? 0, before?.reconciledMs ?? 0);
  return (slotOf(cadence, since) + 1) * cadence.windowMs;
}

/** When a window that is planned now is sealed at the latest. */
export function deadlineOf({ window, cadence }: Policy, nowMs: number): number {
  const deadlineMs = nowMs + window.deadlineMs;
  if (cadence === undefined) return deadlineMs;
  return Math.min(deadlineMs, (slotOf(cadence, nowMs) + 1) * cadence.windowMs);
}
