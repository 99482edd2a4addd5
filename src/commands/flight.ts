/** A group of decisions on its way into the log, and what became of it. */
import { isRight } from 'fp-ts/lib/Either.js';
import type { Either, Right } from 'fp-ts/lib/Either.js';
import type { CommitId, LogPosition } from '../events/ids.ts';
import type { Group } from './group.ts';
import type { AppendConflict } from './ports/event-log.ts';

/** What became of an append. */
export type Outcome =
  { readonly appended: Either<AppendConflict, LogPosition> } | { readonly error: unknown };

/** A group on its way into the log, and the commit it was decided on. */
export interface Flight {
  readonly group: Group;
  readonly previous: CommitId | null;
  /** Null while it is not known. */
  outcome: Outcome | null;
}

export const isLanded = (outcome: Outcome): outcome is { readonly appended: Right<LogPosition> } =>
  'appended' in outcome && isRight(outcome.appended);

/** Refused while the commit before it, which has landed since at this position, was not there yet. */
export function isStale(outcome: Outcome, position: LogPosition): boolean {
  if (!('appended' in outcome) || isRight(outcome.appended)) return false;
  return outcome.appended.left.head.position < position;
}
