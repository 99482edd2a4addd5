/**
 * The validator role: recomputes the contributions it is called to judge and says what came out,
 * and computes the outer step with the held-out loss before and after. It reads the work from its
 * own fold and the bytes by digest; it believes nobody.
 */
import type { DataOfType } from '../events/catalogue.ts';
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Policy, Submission } from '../projections/books.ts';
import { assignmentOf, must, policyFor, revisionOf } from '../projections/books.ts';
import { ComputeError } from './compute-lane.ts';
import { answerDispute } from './disputes/answer.ts';
import { referee } from './disputes/referee.ts';
import { answerOffer } from './matchmaking.ts';
import type { Duties, Node } from './node.ts';
import { heldOutLoss, recomputeContribution, recomputeOuterStep } from './recompute.ts';
import { sendInSession } from './send-in-session.ts';
import type { Step } from './steps.ts';

const LOOKS_MAX = 4;
const LOOK_AGAIN_MS = 500;
/** Ten seconds: its author may be training. */
const SHOWN_LOOKS_MAX = 20;

type Verdict = Omit<DataOfType<'daybook.verdict.recorded.v1'>, 'assignment' | 'session'>;

/**
 * Deltas recomputed in place of bytes that were missing, damaged or wrong. They are published only
 * when the outer step needs them: earlier, one validator's repair would change what the next sees.
 */
type Recovered = Map<Digest, Uint8Array>;

export class ValidatorDuties implements Duties {
  readonly #recovered: Recovered = new Map();

  async perform(step: Step, node: Node, signal: AbortSignal): Promise<void> {
    if (step.kind === 'offer') await answerOffer(step.about, node, signal);
    else if (step.kind === 'judge') await judge(step.about, node, this.#recovered, signal);
    else if (step.kind === 'aggregate') {
      await publishCounted(step.about, node, this.#recovered);
      await aggregate(step.about, node, signal);
      this.#recovered.clear();
    } else if (step.kind === 'answer') await answerDispute(step.about, node, signal);
    else if (step.kind === 'referee') await referee(step.about, node, signal);
  }
}

async function judge(
  assignment: string,
  node: Node,
  recovered: Recovered,
  signal: AbortSignal,
): Promise<void> {
  const held = assignmentOf(node.follower.books, assignment);
  const actor = node.self;
  const { challenge, submission } = held ?? {};
  if (!challenge?.panel.includes(actor) || !submission || held?.resolvedSequence !== null) return;
  if (challenge.verdicts.some((verdict) => verdict.validator === actor)) return;
  const verdict = await verdictOn(assignment, submission, node, recovered, signal);
  const reply = await sendInSession(
    node,
    (session) => `verdict-${assignment.replaceAll('/', '-')}-${actor}-${session}`,
    (session) => ({
      type: 'daybook.verdict.recorded.v1',
      data: { assignment, session, ...verdict },
    }),
    signal,
  );
  const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : verdict.disposition;
  node.say(`judged ${assignment}: ${outcome}`);
}

async function verdictOn(
  assignment: string,
  submission: Submission,
  node: Node,
  recovered: Recovered,
  signal: AbortSignal,
): Promise<Verdict> {
  const observed = await observeRevealed(assignment, submission.delta.digest, node, signal);
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
  if (
    observed.bytes !== null &&
    (await equivalent(submission, observed.bytes, computed.delta, policy, node))
  ) {
    const left = computed.feedback === null ? undefined : digestOf(computed.feedback);
    return left === submission.encoded?.feedback?.digest
      ? { disposition: 'accepted', reasons: [], ...found }
      : { disposition: 'rejected', reasons: ['feedback_mismatch'], ...found };
  }
  recovered.set(recomputed.digest, computed.delta);
  if (observed.bytes === null)
    return { disposition: 'replay_required', reasons: [observed.reason], ...found };
  const reason = firstDivergence === null ? 'altered_after_training' : 'divergent_training';
  return { disposition: 'rejected', reasons: ['digest_mismatch', reason], ...found };
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

async function observe(digest: Digest, { artifacts }: Node): Promise<Observed> {
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

/** Every delta that counts, in the store for the outer step and for whoever audits it. */
async function publishCounted(key: string, node: Node, recovered: Recovered): Promise<void> {
  const { books } = node.follower;
  const held = Object.values(books.windows[key]?.assignments ?? {});
  for (const { assignment, counted, submission } of held) {
    if (counted === null || (await observe(counted, node)).bytes !== null) continue;
    const from = submission?.encoded?.feedbackFrom ?? null;
    const shown = from === null ? null : (await observe(from, node)).bytes;
    if (from !== null && shown === null) continue;
    const { delta } = recovered.has(counted)
      ? { delta: must(recovered.get(counted), counted) }
      : await recomputeContribution(node, books, assignment, shown);
    await node.artifacts.put(delta);
  }
}

async function aggregate(key: string, node: Node, signal: AbortSignal): Promise<void> {
  const { books } = node.follower;
  const actor = node.self;
  const window = books.windows[key];
  if (window === undefined) return;
  const { aggregation, promotion, run } = window;
  if (aggregation === null || promotion !== null || !aggregation.validators.includes(actor)) return;
  if (aggregation.reports.some((report) => report.validator === actor)) return;
  const outer = await recomputeOuterStep(node, books, window);
  const revision = must(revisionOf(must(books.runs[run], run), window.revision), 'revision');
  const before =
    revision.heldOutLossMicroNats ??
    (await heldOutLoss(node, books, run, await node.artifacts.get(window.checkpoint)));
  const after = await heldOutLoss(node, books, run, outer.checkpoint);
  const found = {
    checkpoint: await node.artifacts.put(outer.checkpoint),
    momentum: await node.artifacts.put(outer.momentum),
    lossBeforeMicroNats: before,
    lossAfterMicroNats: after,
  };
  const reply = await sendInSession(
    node,
    (session) => `aggregate-${key.replaceAll('/', '-')}-${actor}-${session}`,
    (session) => ({
      type: 'daybook.aggregation.reported.v1',
      data: { run, window: window.window, session, ...found },
    }),
    signal,
  );
  const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : 'reported';
  node.say(`aggregated ${key}: held-out loss ${(after / 1e6).toFixed(4)}, ${outcome}`);
}
