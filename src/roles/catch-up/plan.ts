/**
 * From what a joiner holds to a revision of the run: either that revision's checkpoint, or the counted
 * deltas of the windows since the one it holds, by outer steps of its own; whichever moves fewer
 * bytes. Pure: books in, plan out. Momentum goes along where deltas are encoded: only there are they
 * smaller than what they lead to.
 */
import type { Digest } from '../../events/ids.ts';
import type {
  ArtifactRef,
  Books,
  RevisionRecord,
  RunBook,
  WindowBook,
} from '../../projections/books.ts';
import { must, revisionCount, revisionOf, windowKey } from '../../projections/books.ts';

/** One outer step: the revision that it leads to, from these deltas in this order. */
export interface Crossing {
  readonly to: RevisionRecord;
  readonly deltas: readonly ArtifactRef[];
}

export interface CatchUpPlan {
  readonly start: RevisionRecord;
  /** Of the start: what is not held of it. */
  readonly fetch: readonly ArtifactRef[];
  readonly crossings: readonly Crossing[];
  /** To be moved, at most: deltas may be held too. */
  readonly bytes: number;
}

/** A revision of which the checkpoint is held, checked; and whether its momentum is. */
export interface HeldState {
  readonly revision: number;
  readonly momentum: boolean;
}

export interface PlanOptions {
  readonly run: string;
  readonly target: number;
  readonly held: HeldState | null;
  /** By outer steps where that is possible, whatever it moves. */
  readonly preferReplay?: boolean;
}

export function newestRevision(run: RunBook): RevisionRecord | undefined {
  return revisionOf(run, revisionCount(run) - 1);
}

/** Null when the run has no such revision. */
export function planCatchUp(books: Books, options: PlanOptions): CatchUpPlan | null {
  const { target, held, preferReplay = false } = options;
  const run = books.runs[options.run];
  const last = run === undefined ? undefined : revisionOf(run, target);
  if (run === undefined || last?.revision !== target) return null;
  const direct = must(from(books, run, target, target, held), 'plan');
  if (held === null || held.revision >= target) return direct;
  const replay = from(books, run, held.revision, target, held);
  if (replay === null) return direct;
  return preferReplay || replay.bytes < direct.bytes ? replay : direct;
}

/** Null when what leads from one to the other is not in the books any more. */
function from(
  books: Books,
  run: RunBook,
  begin: number,
  target: number,
  held: HeldState | null,
): CatchUpPlan | null {
  const start = revisionOf(run, begin);
  if (start?.revision !== begin) return null;
  const crossings: Crossing[] = [];
  for (let at = begin + 1; at <= target; at += 1) {
    const crossing = crossingTo(books, run, at);
    if (crossing === null) return null;
    crossings.push(crossing);
  }
  const wantsMomentum = crossings.length > 0 || run.plan.encoding !== undefined;
  const has = held?.revision === begin ? held : null;
  const fetch = [
    ...(has === null ? [start.checkpoint] : []),
    ...(wantsMomentum && start.momentum !== null && has?.momentum !== true ? [start.momentum] : []),
  ];
  const moved = [...fetch, ...crossings.flatMap(({ deltas }) => deltas)];
  const bytes = moved.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { start, fetch, crossings, bytes };
}

function crossingTo(books: Books, run: RunBook, revision: number): Crossing | null {
  const to = revisionOf(run, revision);
  if (to?.revision !== revision || to.window === null) return null;
  const window = books.windows[windowKey(run.plan.run, to.window)];
  if (!window?.aggregation || window.revision !== revision - 1) return null;
  const deltas = window.aggregation.deltas.map((digest) => countedDelta(window, digest));
  return deltas.includes(null) ? null : { to, deltas: deltas as ArtifactRef[] };
}

/** A delta that counts is what its worker committed to, or what validators recomputed. */
function countedDelta({ assignments }: WindowBook, digest: Digest): ArtifactRef | null {
  for (const { submission, challenge } of Object.values(assignments)) {
    if (submission?.delta.digest === digest) return submission.delta;
    const said = challenge?.verdicts.find(({ recomputed }) => recomputed?.digest === digest);
    if (said?.recomputed) return said.recomputed;
  }
  return null;
}
