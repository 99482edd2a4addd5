/**
 * What recomputing a stage says of its author, who is held to what it was handed, and of what counts,
 * which is computed from what should have been handed on.
 */
import type { Digest } from '../events/ids.ts';
import { digestOf } from '../events/digest.ts';
import type { Assignment, Books } from '../projections/books.ts';
import { ComputeError } from './compute-lane.ts';
import type { SentContribution } from './compute-lane.ts';
import type { Tools } from './recompute.ts';
import { handedInput, recomputeCounted, runStage } from './stage-work.ts';

export interface StageFound {
  /** From what was handed on; null: that is gone, or nothing comes of it. */
  readonly honest: SentContribution | null;
  /** What counts; null: nobody knows, or nothing comes of it. */
  readonly right: SentContribution | null;
}

export async function lookAtStage(
  tools: Tools,
  books: Books,
  held: Assignment,
): Promise<StageFound> {
  const handed = await handedInput(tools, books, held);
  const honest =
    handed === null ? null : await orNothing(() => runStage(tools, books, held.assignment, handed));
  const right =
    held.refusedInput == null
      ? honest
      : await orNothing(() => recomputeCounted(tools, books, held.assignment));
  return { honest, right };
}

/** Null for work that cannot be done; it is the same on every machine. */
async function orNothing(
  work: () => Promise<SentContribution | null>,
): Promise<SentContribution | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
    return null;
  }
}

export interface Judged {
  readonly disposition: 'accepted' | 'rejected' | 'replay_required';
  readonly reasons: readonly string[];
  /** First of the author's state roots that an honest stage does not have. */
  readonly firstDivergence: number | null;
}

/**
 * @param observed digest of the bytes in the store; null: there are none, for this reason
 * @param alsoWrong what else was found against the author
 */
export function judgeStage(
  { submission }: Assignment,
  { honest }: StageFound,
  observed: { readonly digest: Digest | null; readonly reason: string },
  alsoWrong: readonly string[],
): Judged {
  if (honest === null)
    return {
      disposition: 'replay_required',
      reasons: ['recomputation_failed'],
      firstDivergence: null,
    };
  const diverged = honest.trace.findIndex((root, i) => root !== submission?.trace[i]);
  const firstDivergence = diverged === -1 ? null : diverged;
  const same = digestOf(honest.delta) === submission?.delta.digest;
  if (same && observed.digest === null)
    return { disposition: 'replay_required', reasons: [observed.reason], firstDivergence };
  if (same)
    return {
      disposition: alsoWrong.length === 0 ? 'accepted' : 'rejected',
      reasons: alsoWrong,
      firstDivergence,
    };
  const reason = firstDivergence === null ? 'altered_after_training' : 'divergent_training';
  const reasons = [...alsoWrong, 'digest_mismatch', reason];
  return { disposition: 'rejected', reasons, firstDivergence };
}
