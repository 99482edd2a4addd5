/**
 * Two parties that start from one state and end in two: where do they part? Each round both show
 * their digest at the middle of what is disputed; log2(length) rounds lead to two neighbours, of which
 * the first is agreed and the second is not (Verde, Arun et al. 2025). Digests that agree again later
 * do not matter: some step from an agreed state to a disputed one is found, and one is enough.
 */
import { invariant } from '../invariant.ts';

export interface Bisection {
  /** Both have the same digest here. */
  readonly agreed: number;
  /** And not here. */
  readonly disputed: number;
}

/** Between position 0, which is agreed, and the end, which is not. */
export function openBisection(end: number): Bisection {
  invariant(Number.isSafeInteger(end) && end > 0, 'something to part over');
  return { agreed: 0, disputed: end };
}

/** Whose digests are wanted next; null: the step from `agreed` to `disputed` is the one. */
export function nextPosition({ agreed, disputed }: Bisection): number | null {
  return disputed - agreed === 1 ? null : agreed + Math.floor((disputed - agreed) / 2);
}

/** After both have shown their digests at `nextPosition`. */
export function narrowed(bisection: Bisection, same: boolean): Bisection {
  const position = nextPosition(bisection);
  invariant(position !== null, 'a bisection that goes on');
  return same ? { ...bisection, agreed: position } : { ...bisection, disputed: position };
}
