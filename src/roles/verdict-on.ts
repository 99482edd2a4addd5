/**
 * What recomputing a contribution says of it: the verdict of a validator, and of whoever looks again
 * when a verdict is appealed.
 */
import type { DataOfType } from '../events/catalogue.ts';
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Assignment, Policy, Submission } from '../projections/books.ts';
import { assignmentOf, policyFor } from '../projections/books.ts';
import { ComputeError } from './compute-lane.ts';
import { pagesReceipt } from './dataset-cache.ts';
import type { Node } from './node.ts';
import { assignedPages, recomputeContribution } from './recompute.ts';
import { judgeStage, lookAtStage } from './stage-verdict.ts';

const LOOKS_MAX = 4;
const LOOK_AGAIN_MS = 500;
/** Ten seconds: its author may be training. */
const SHOWN_LOOKS_MAX = 20;

type Verdict = Omit<DataOfType<'daybook.verdict.recorded.v1'>, 'assignment' | 'session'>;

/**
 * Deltas recomputed in place of bytes that were missing, damaged or wrong. They are published only
 * when the outer step needs them: earlier, one validator's repair would change what the next sees.
 */
export type Recovered = Map<Digest, Uint8Array>;

export async function verdictOn(
  assignment: string,
  submission: Submission,
  node: Node,
  recovered: Recovered,
  signal: AbortSignal,
): Promise<Verdict> {
  const observed = await observeRevealed(assignment, submission.delta.digest, node, signal);
  const held = assignmentOf(node.follower.books, assignment);
  if (held?.stage !== undefined) return stageVerdict(held, observed, node, recovered);
  const from = submission.encoded?.feedbackFrom ?? null;
  const shown = from === null ? null : await observeShown(from, node, signal);
  if (from !== null && shown === null) {
    const reasons = ['feedback_missing'];
    const found = { observed: observed.digest, recomputed: null, firstDivergence: null };
    return { disposition: 'replay_required', reasons, ...found };
  }
  let computed;
  try {
    computed = await recomputeContribution(node, node.follower.books, assignment, shown);
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
    // The assigned work itself cannot be done: no fault of the worker that anybody could prove.
    const reasons = ['recomputation_failed'];
    const disposition = 'replay_required';
    return {
      disposition,
      reasons,
      observed: observed.digest,
      recomputed: null,
      firstDivergence: null,
    };
  }
  const recomputed = { digest: digestOf(computed.delta), sizeBytes: computed.delta.byteLength };
  const diverged = computed.trace.findIndex((root, i) => root !== submission.trace[i]);
  const firstDivergence = diverged === -1 ? null : diverged;
  const found = { observed: observed.digest, recomputed, firstDivergence };
  const policy = policyFor(node.follower.books, assignment);
  // A receipt for other pages is a false statement, whatever was trained on.
  const wrongPages = (await isOtherPages(assignment, node)) ? ['wrong_pages'] : [];
  if (
    observed.bytes !== null &&
    (await equivalent(submission, observed.bytes, computed.delta, policy, node))
  ) {
    const left = computed.feedback === null ? undefined : digestOf(computed.feedback);
    const lied = left === submission.encoded?.feedback?.digest ? [] : ['feedback_mismatch'];
    const reasons = [...wrongPages, ...lied];
    return { disposition: reasons.length === 0 ? 'accepted' : 'rejected', reasons, ...found };
  }
  recovered.set(recomputed.digest, computed.delta);
  if (observed.bytes === null)
    return { disposition: 'replay_required', reasons: [observed.reason], ...found };
  const reason = firstDivergence === null ? 'altered_after_training' : 'divergent_training';
  const reasons = [...wrongPages, 'digest_mismatch', reason];
  return { disposition: 'rejected', reasons, ...found };
}

async function stageVerdict(
  held: Assignment,
  observed: Observed,
  node: Node,
  recovered: Recovered,
): Promise<Verdict> {
  const found = await lookAtStage(node, node.follower.books, held);
  const wrongPages = (await isOtherPages(held.assignment, node)) ? ['wrong_pages'] : [];
  const judged = judgeStage(held, found, observed, wrongPages);
  const { right } = found;
  const recomputed =
    right === null ? null : { digest: digestOf(right.delta), sizeBytes: right.delta.byteLength };
  if (right !== null && recomputed !== null && recomputed.digest !== observed.digest)
    recovered.set(recomputed.digest, right.delta);
  // Without what counts nobody can say that it was done right or wrong.
  if (recomputed === null && judged.disposition !== 'replay_required')
    return {
      disposition: 'replay_required',
      reasons: ['recomputation_failed'],
      observed: observed.digest,
      recomputed,
      firstDivergence: judged.firstDivergence,
    };
  return { ...judged, observed: observed.digest, recomputed };
}

/** Whether the worker's receipt is for other pages than it was assigned; without one it is not. */
async function isOtherPages(assignment: string, node: Node): Promise<boolean> {
  const { books } = node.follower;
  const shown = assignmentOf(books, assignment)?.pagesRoot;
  return (
    shown !== undefined && shown !== pagesReceipt(await assignedPages(node, books, assignment))
  );
}

interface Observed {
  readonly digest: Digest | null;
  readonly bytes: Uint8Array | null;
  readonly reason: string;
}

/** A store that is replicated may show bytes later than the ledger says they are there. */
async function observeRevealed(
  assignment: string,
  digest: Digest,
  node: Node,
  signal: AbortSignal,
): Promise<Observed> {
  for (let look = 1; ; look += 1) {
    const observed = await observe(digest, node);
    const revealed = assignmentOf(node.follower.books, assignment)?.revealed === true;
    if (observed.reason !== 'artifact_missing' || !revealed || look === LOOKS_MAX) return observed;
    await node.clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** The author was asked to show it when the challenge was issued. */
async function observeShown(
  digest: Digest,
  node: Node,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  for (let look = 1; ; look += 1) {
    const { bytes } = await observe(digest, node);
    if (bytes !== null || look === SHOWN_LOOKS_MAX) return bytes;
    await node.clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

export async function observe(digest: Digest, { artifacts }: Node): Promise<Observed> {
  try {
    return { digest, bytes: await artifacts.get(digest), reason: '' };
  } catch (error) {
    const code = error instanceof Fault ? error.code : null;
    if (code !== 'artifact_missing' && code !== 'artifact_corrupt') throw error;
    return { digest: null, bytes: null, reason: code };
  }
}

/** Exact class: the same bytes. Tolerant class: within the policy's bounds of each other. */
async function equivalent(
  submission: Submission,
  committed: Uint8Array,
  recomputed: Uint8Array,
  policy: Policy,
  node: Node,
): Promise<boolean> {
  if (submission.delta.digest === digestOf(recomputed)) return true;
  if (submission.computeClass === 'exact') return false;
  try {
    const comparison = await node.lane.run('compareDeltas', { committed, recomputed });
    return withinTolerance(comparison, policy);
  } catch (error) {
    if (error instanceof ComputeError) return false;
    throw error;
  }
}

export function withinTolerance(
  { cosine, normRatio }: { readonly cosine: number; readonly normRatio: number },
  { validation }: Policy,
): boolean {
  return (
    cosine * 1e6 >= validation.tolerantCosineMinPpm &&
    Math.abs(normRatio - 1) * 1e6 <= validation.tolerantNormMaxPpm
  );
}
