/**
 * Measuring: each accepted delta alone on the window's input checkpoint, and the losses before and
 * after on pages that the seed draws after the seal. What is applied is the outer step of the run with
 * one delta and no momentum: momentum would credit a contribution with what earlier windows gained.
 *
 * Exact kernels give every validator the same losses, integers of micro-nats, and gains are truncated
 * to basis points from them: the scores of all honest validators are equal to the digit.
 */
import { gainBps } from '../../commands/rules/windows/aggregation.ts';
import { drawnPages } from '../../commands/draws.ts';
import { Fault } from '../../commands/ports/fault.ts';
import { digestOf } from '../../events/digest.ts';
import type { Assignment, Books } from '../../projections/books.ts';
import { assignmentOf, must } from '../../projections/books.ts';
import type { ContributionScore, Scoring } from '../../projections/scoring-book.ts';
import { ComputeError } from '../compute-lane.ts';
import type { Tools } from '../recompute.ts';
import { lossOn, recomputeContribution } from '../recompute.ts';
import { recomputeCounted } from '../stage-work.ts';
import { assignedWork, deltaTermsOf, outerSpecOf } from '../work-spec.ts';

/** Of a delta that leaves no numbers behind: worse than any other. */
const RUINOUS: ContributionScore = { gainBps: -1_000_000_000, gapBps: 0 };

/** What a request for scores asks for. */
export type Asked = Pick<Scoring, 'run' | 'window' | 'seed' | 'contributions' | 'terms'>;

/** @throws Fault when an artifact cannot be had now */
export async function measureScores(
  tools: Tools,
  books: Books,
  scoring: Asked,
): Promise<ContributionScore[]> {
  const { plan } = must(books.runs[scoring.run], scoring.run);
  const window = must(books.windows[`${scoring.run}/${scoring.window}`], 'window');
  const info = must(books.datasets[plan.dataset], plan.dataset);
  const checkpoint = await tools.artifacts.get(window.checkpoint);
  const seed = Buffer.from(scoring.seed, 'hex');
  const { pages } = scoring.terms;
  const trainPages = info.pages - info.heldOutPages;
  const loss = (state: Uint8Array, on: readonly number[]): Promise<number> =>
    lossOn(tools, books, scoring.run, state, on);
  const gain = async (after: Uint8Array, on: readonly number[], before: number): Promise<number> =>
    gainBps(before, await loss(after, on));

  const heldOut = drawnPages(seed, info.heldOutPages, pages).map((page) => trainPages + page);
  const random = drawnPages(seed, trainPages, pages);
  const lossHeldOut = await loss(checkpoint, heldOut);
  const lossRandom = await loss(checkpoint, random);
  const scores: ContributionScore[] = [];
  for (const id of scoring.contributions) {
    const work = assignedWork(books, id).pages;
    const own = drawnPages(seed, work.length, pages).map((at) => work[at] as number);
    const delta = await acceptedDelta(tools, books, id);
    try {
      const { checkpoint: after } = await tools.lane.run('outerStep', {
        spec: { ...outerSpecOf(plan), outerMomentum: 0 },
        checkpoint,
        momentum: null,
        deltas: [delta],
        terms: deltaTermsOf(plan),
      });
      const ownGain = await gain(after, own, await loss(checkpoint, own));
      scores.push({
        gainBps: await gain(after, heldOut, lossHeldOut),
        gapBps: ownGain - (await gain(after, random, lossRandom)),
      });
    } catch (error) {
      if (!(error instanceof ComputeError)) throw error;
      scores.push(RUINOUS);
    }
  }
  return scores;
}

/**
 * What counts, from the store; an exact one that is lost there is computed again. What nobody
 * recomputed before it was accepted may not be what the work comes to: then it is gone.
 *
 * @throws Fault artifact_missing | artifact_corrupt
 */
async function acceptedDelta(tools: Tools, books: Books, id: string): Promise<Uint8Array> {
  const held = must(assignmentOf(books, id), id);
  const counted = must(held.counted, `delta of ${id}`);
  try {
    return await tools.artifacts.get(counted);
  } catch (error) {
    if (!(error instanceof Fault) || !isLost(error) || held.submission?.computeClass !== 'exact')
      throw error;
    const again =
      held.stage === undefined
        ? await recomputeContribution(tools, books, id, await feedbackOf(tools, held))
        : await recomputeCounted(tools, books, id);
    if (again === null || digestOf(again.delta) !== counted) throw error;
    return again.delta;
  }
}

const isLost = ({ code }: Fault): boolean =>
  code === 'artifact_missing' || code === 'artifact_corrupt';

async function feedbackOf({ artifacts }: Tools, held: Assignment): Promise<Uint8Array | null> {
  const from = held.submission?.encoded?.feedbackFrom ?? null;
  return from === null ? null : artifacts.get(from);
}
