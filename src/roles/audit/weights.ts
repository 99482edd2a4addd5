/**
 * The audit of the weights: every contribution trained again, every outer step and held-out loss
 * computed again, the chain of checkpoints followed from the seed to the end. Lanes work side by
 * side; what they compute does not depend on how many there are.
 */
import type { PolicyAdopted } from '../../commands/policy-adoption.ts';
import { policyIn } from '../../commands/policy-adoption.ts';
import { digestOf } from '../../events/digest.ts';
import type { Digest } from '../../events/ids.ts';
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type {
  Assignment,
  Books,
  Policy,
  RevisionRecord,
  WindowBook,
} from '../../projections/books.ts';
import { must, revisionOf, windowKeyOf } from '../../projections/books.ts';
import { heldIn } from '../../projections/grouped-stages.ts';
import { ComputeError } from '../compute-lane.ts';
import type { ComputeLane } from '../compute-lane.ts';
import { DatasetCache, pagesReceipt } from '../dataset-cache.ts';
import type { Tools } from '../recompute.ts';
import type { ScoredWindow } from './scores.ts';
import { scoresOfOthers, scoresText } from './scores.ts';
import {
  assignedPages,
  heldOutLoss,
  recomputeContribution,
  recomputeOuterStep,
} from '../recompute.ts';
import { firstCheckpoint } from '../work-spec.ts';
import { withinTolerance } from '../verdict-on.ts';
import { Finding } from './check.ts';
import { checkStage } from './stages.ts';
import { checkDecided } from './disputes.ts';
import type { DecidedDispute } from './disputes.ts';
import { FeedbackChain } from './feedback-chain.ts';
import { overLanes } from './over-lanes.ts';

/** The parts of an audit's history that one recomputation rests on. */
interface History {
  readonly books: Books;
  readonly policies: readonly PolicyAdopted[];
}

type Progress = (done: number, total: number) => void;

/** Held of data sets, beside the one in use: one that comes again is read again. */
const DATASET_BYTES_MAX = 256 * 1024 * 1024;

export class WeightsAudit {
  readonly #artifacts: Artifacts;
  readonly #lanes: readonly ComputeLane[];
  readonly #datasets: DatasetCache;

  /** @param lanes at least one, all of the exact class */
  constructor(artifacts: Artifacts, lanes: readonly ComputeLane[]) {
    this.#artifacts = artifacts;
    this.#lanes = lanes;
    this.#datasets = new DatasetCache(artifacts, null, DATASET_BYTES_MAX);
  }

  async datasets(books: Books): Promise<string> {
    const datasets = Object.values(books.datasets);
    for (const dataset of datasets)
      await finding(`dataset ${dataset.dataset}`, null, () => this.#datasets.open(dataset));
    const pages = datasets.reduce((sum, dataset) => sum + dataset.pages, 0);
    return `${pages} pages of ${datasets.length} dataset(s) under their Merkle roots`;
  }

  async initialCheckpoints(books: Books): Promise<string> {
    const digests: string[] = [];
    for (const { plan, revisions } of Object.values(books.runs)) {
      const recorded = revisions[0]?.checkpoint.digest;
      if (recorded === undefined) continue;
      const own = digestOf(firstCheckpoint(plan));
      if (own !== recorded)
        throw new Finding(`run ${plan.run}: the seed gives ${own}, the ledger says ${recorded}`);
      digests.push(own);
    }
    return `drawn again from the seed: ${digests.join(', ')}`;
  }

  /** @param policies every one that was in force, as adopted, in order */
  async contributions(
    books: Books,
    policies: readonly PolicyAdopted[],
    progress: Progress,
  ): Promise<string> {
    const submitted = submittedOf(books);
    const counts = { accepted: 0, rejected: 0, other: 0 };
    const feedback = new FeedbackChain(submitted);
    await this.#each(submitted, progress, async (held, tools) => {
      await finding(held.assignment, held.resolvedSequence, () =>
        checkOne(held, books, inForce(policies, held, windowOf(books, held)), tools, feedback),
      );
      if (held.disposition === 'accepted') counts.accepted += 1;
      else if (held.disposition === 'rejected') counts.rejected += 1;
      else counts.other += 1;
    });
    return (
      `${submitted.length} recomputed: ${counts.accepted} accepted ones are what was committed, ` +
      `${counts.rejected} rejected ones are not` +
      (counts.other > 0 ? `, ${counts.other} of another disposition` : '')
    );
  }

  /**
   * One contribution alone; before it those whose error feedback it takes.
   * @param assignment one of `submittedOf`
   * @returns the digest that the work comes to. @throws Finding
   */
  async contribution({ books, policies }: History, assignment: string): Promise<Digest> {
    const line = feedbackLine(submittedOf(books), assignment);
    const feedback = new FeedbackChain(line);
    const made: (Digest | null)[] = [];
    for (const held of line)
      made.push(
        await finding(held.assignment, held.resolvedSequence, () =>
          checkOne(
            held,
            books,
            inForce(policies, held, windowOf(books, held)),
            this.#tools(),
            feedback,
          ),
        ),
      );
    const last = made.at(-1) ?? null;
    if (last === null) throw new Finding(`what ${assignment} began with is not there any more`);
    return last;
  }

  /** @returns the digest of the checkpoint that the outer step comes to. @throws Finding */
  aggregation(books: Books, window: WindowBook): Promise<Digest> {
    return aggregationOf(window, books, this.#tools());
  }

  async disputes(
    books: Books,
    decided: readonly DecidedDispute[],
    progress: Progress,
  ): Promise<string> {
    await this.#each(decided, progress, (one, tools) =>
      finding('dispute', one.dispute.findings.at(-1)?.sequence ?? null, () =>
        checkDecided(one, books, tools),
      ),
    );
    return `${decided.length} decisions of referees made again from the answers`;
  }

  async aggregations(books: Books, progress: Progress): Promise<string> {
    const decided = aggregatedOf(books);
    await this.#each(decided, progress, async (window, tools) => {
      await aggregationOf(window, books, tools);
    });
    return `${decided.length} outer steps and their held-out losses computed again`;
  }

  async scores(
    books: Books,
    windows: readonly ScoredWindow[],
    progress: Progress,
  ): Promise<string> {
    const others: number[] = [];
    await this.#each(windows, progress, async (scored, tools) => {
      await finding(`scores of ${scored.run}/${scored.window}`, scored.sequence, async () => {
        others.push(...(await scoresOfOthers(scored, books, tools)));
      });
    });
    return scoresText(windows, others);
  }

  /** The books chain revisions; this follows the chain that `aggregations` verified link by link. */
  finalCheckpoints(books: Books): string {
    const results: string[] = [];
    for (const { plan, revisions } of Object.values(books.runs)) {
      revisions.forEach((revision, index) => {
        if (index === 0) return;
        if (revision.restores !== undefined) return checkRestored(plan.run, revision, revisions);
        const window = books.windows[`${plan.run}/${revision.window}`];
        const parent = revisions[index - 1]?.checkpoint.digest;
        if (window?.promotion?.decision !== 'promoted_revision' || window.checkpoint !== parent)
          throw new Finding(`revision ${index} of ${plan.run} does not follow from its parent`);
      });
      const last = revisions.at(-1);
      if (last !== undefined)
        results.push(`${plan.run} revision ${last.revision} ${last.checkpoint.digest}`);
    }
    return results.join('; ');
  }

  #tools(): Tools {
    const lane = must(this.#lanes[0], 'lane');
    return { artifacts: this.#artifacts, lane, datasets: this.#datasets };
  }

  /** @throws of the first item that fails, as `overLanes` */
  #each<T>(
    items: readonly T[],
    progress: Progress,
    work: (item: T, tools: Tools) => Promise<void>,
  ): Promise<void> {
    const shared = { artifacts: this.#artifacts, datasets: this.#datasets };
    return overLanes(items, this.#lanes, progress, (item, lane) => work(item, { ...shared, lane }));
  }
}

/** Contributions that were decided on, an earlier window first. */
export const submittedOf = (books: Books): Assignment[] =>
  Object.values(books.windows).flatMap((window) =>
    heldIn(window).filter((held) => held.resolvedSequence !== null),
  );

/** Windows whose outer step was agreed on. */
export const aggregatedOf = (books: Books): WindowBook[] =>
  Object.values(books.windows).filter(
    (window) => window.aggregation !== null && window.lossAfterMicroNats !== null,
  );

/** Up to and with the assignment, each taking the feedback that the one before it left. */
function feedbackLine(submitted: readonly Assignment[], assignment: string): Assignment[] {
  const leaving = new Map(
    submitted.map((held) => [held.submission?.encoded?.feedback?.digest, held]),
  );
  const line: Assignment[] = [];
  let held = submitted.find((one) => one.assignment === assignment);
  while (held !== undefined && !line.includes(held)) {
    line.unshift(held);
    const from = held.submission?.encoded?.feedbackFrom ?? undefined;
    held = from === undefined ? undefined : leaving.get(from);
  }
  return line;
}

/** History only grows: a restored revision is a new one, with all that the earlier one was. */
function checkRestored(
  run: string,
  revision: RevisionRecord,
  all: readonly RevisionRecord[],
): void {
  const earlier = all.slice(0, revision.revision).find((one) => one.revision === revision.restores);
  const same =
    earlier?.checkpoint.digest === revision.checkpoint.digest &&
    earlier.momentum?.digest === revision.momentum?.digest;
  if (!same)
    throw new Finding(
      `revision ${revision.revision} of ${run} is not what it restores, ${revision.restores}`,
    );
}

const windowOf = (books: Books, { assignment }: Assignment): WindowBook =>
  must(books.windows[windowKeyOf(assignment)], 'window');

/**
 * The policies under which a submission was judged: that of its window, or those from its challenge to
 * its resolution in a ledger in which open windows did not keep theirs.
 */
function inForce(
  policies: readonly PolicyAdopted[],
  { challenge, resolvedSequence }: Assignment,
  { policyRevision }: WindowBook,
): Policy[] {
  const planned = policies.map(policyIn).filter(({ revision }) => revision === policyRevision);
  const until = must(resolvedSequence, 'resolution');
  const from = challenge?.sequence ?? until;
  const later = policies.findIndex(({ sequence }) => sequence > from);
  const first = (later === -1 ? policies.length : later) - 1;
  const since = policies.slice(Math.max(first, 0)).filter(({ sequence }) => sequence < until);
  return [...planned, ...since.map(policyIn)];
}

/** @returns what the work comes to; null: what a stage was handed was refused, and is gone */
async function checkOne(
  held: Assignment,
  books: Books,
  policies: readonly Policy[],
  tools: Tools,
  feedback: FeedbackChain,
): Promise<Digest | null> {
  if (held.stage !== undefined) return checkStage(held, books, tools);
  const submission = must(held.submission, 'submission');
  const made = await feedback.passed(submission, (taken) =>
    recomputeContribution(tools, books, held.assignment, taken),
  );
  const { delta } = made;
  const own = digestOf(delta);
  const left = made.feedback === null ? undefined : digestOf(made.feedback);
  const claimedLeft = submission.encoded?.feedback?.digest;
  if (held.disposition === 'accepted' && left !== claimedLeft)
    throw new Finding(`accepted with feedback ${claimedLeft}, but the work leaves ${left}`);
  const receipt =
    held.pagesRoot === undefined
      ? undefined
      : pagesReceipt(await assignedPages(tools, books, held.assignment));
  if (held.disposition === 'accepted' && receipt !== held.pagesRoot)
    throw new Finding(`accepted with a receipt for pages that were not assigned`);
  const claimed = submission.delta.digest;
  if (submission.computeClass === 'tolerant') {
    if (held.disposition !== 'accepted' && held.counted !== null && held.counted !== own)
      throw new Finding(`counted ${held.counted}, but the work comes to ${own}`);
    await checkTolerant(held, claimed, delta, policies, tools);
    return own;
  }
  if (held.disposition === 'accepted' && own !== claimed)
    throw new Finding(`accepted as ${claimed}, but the work comes to ${own}`);
  const isHonest = own === claimed && left === claimedLeft && receipt === held.pagesRoot;
  if (held.disposition === 'rejected' && isHonest)
    throw new Finding(`rejected, but the work does come to ${claimed}`);
  if (held.counted !== null && held.counted !== own)
    throw new Finding(`counted ${held.counted}, but the work comes to ${own}`);
  return own;
}

async function checkTolerant(
  { disposition }: Assignment,
  claimed: Digest,
  recomputed: Uint8Array,
  policies: readonly Policy[],
  { artifacts, lane }: Tools,
): Promise<void> {
  if (disposition !== 'accepted' && disposition !== 'rejected') return;
  // Bytes that were rejected need not be there any more.
  if (disposition === 'rejected' && !(await artifacts.has(claimed))) return;
  const within = await lane
    .run('compareDeltas', { committed: await artifacts.get(claimed), recomputed })
    .then((comparison) => policies.some((policy) => withinTolerance(comparison, policy)))
    .catch((error: unknown) => {
      if (error instanceof ComputeError) return false;
      throw error;
    });
  if (within !== (disposition === 'accepted'))
    throw new Finding(`${disposition}, but ${within ? 'within' : 'outside'} the tolerance`);
}

const aggregationOf = (window: WindowBook, books: Books, tools: Tools): Promise<Digest> =>
  finding(`window ${window.run}/${window.window}`, window.promotion?.sequence ?? null, () =>
    checkAggregation(window, books, tools),
  );

async function checkAggregation(window: WindowBook, books: Books, tools: Tools): Promise<Digest> {
  const { run } = window;
  const outer = await recomputeOuterStep(tools, books, window);
  const own = digestOf(outer.checkpoint);
  const momentum = digestOf(outer.momentum);
  const agreed = must(window.aggregation, 'aggregation').reports.some(
    (report) => report.checkpoint.digest === own && report.momentum.digest === momentum,
  );
  if (!agreed) throw new Finding(`the outer step comes to ${own}, which nobody reported`);
  const revision = books.runs[run]?.revisions.find((one) => one.window === window.window);
  if (revision !== undefined && revision.checkpoint.digest !== own)
    throw new Finding(`promoted ${revision.checkpoint.digest}, but the outer step comes to ${own}`);
  // The next window starts from it: a wrong one bends every later step.
  if (revision !== undefined && revision.momentum?.digest !== momentum)
    throw new Finding(
      `promoted momentum ${revision.momentum?.digest}, but it comes to ${momentum}`,
    );
  const after = await heldOutLoss(tools, books, run, outer.checkpoint);
  if (after !== window.lossAfterMicroNats)
    throw new Finding(`held-out loss is ${after}, the ledger says ${window.lossAfterMicroNats}`);
  // The loss after a window was computed above; that of a checkpoint that none made is not.
  const start = revisionOf(must(books.runs[run], 'run'), window.revision);
  if (start !== undefined && start.window !== null) return own;
  const before = await heldOutLoss(tools, books, run, await tools.artifacts.get(window.checkpoint));
  if (before !== window.lossBeforeMicroNats)
    throw new Finding(
      `the loss before is ${before}, the ledger says ${window.lossBeforeMicroNats}`,
    );
  return own;
}

/** Faults and failed computations become findings about the thing being checked. */
async function finding<T>(
  about: string,
  sequence: number | null,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Finding) throw new Finding(`${about}: ${error.message}`, sequence);
    if (error instanceof Fault || error instanceof ComputeError)
      throw new Finding(`${about}: ${error.code}: ${error.message}`, sequence);
    throw error;
  }
}
