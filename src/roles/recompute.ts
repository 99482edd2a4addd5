/**
 * Recomputation: what a contribution and an aggregation come to, from artifacts and the books alone.
 * The worker's own work, a validator's check and an audit are this same code.
 */
import type { OuterResult } from '../compute/training/outer-step.ts';
import type { Digest } from '../events/ids.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import type { Books, RunPlan, WindowBook } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import type { ComputeLane, SentContribution } from './compute-lane.ts';
import type { DatasetCache } from './dataset-cache.ts';
import {
  assignedWork,
  deltaTermsOf,
  EVALUATION_BATCH,
  outerSpecOf,
  trainingSpecOf,
} from './work-spec.ts';

export interface Tools {
  readonly artifacts: Artifacts;
  readonly lane: ComputeLane;
  readonly datasets: DatasetCache;
}

/**
 * @param feedback the error feedback that goes into an encoded delta; null: none
 * @param checkpoint the window's input, where its bytes are at hand; else it comes from the store
 */
export async function recomputeContribution(
  tools: Tools,
  books: Books,
  assignment: string,
  feedback: Uint8Array | null,
  checkpoint?: Uint8Array,
): Promise<SentContribution> {
  const { artifacts, lane } = tools;
  const { plan, window, spec } = assignedWork(books, assignment);
  return lane.run('contribute', {
    spec,
    checkpoint: checkpoint ?? (await artifacts.get(window.checkpoint)),
    pages: await assignedPages(tools, books, assignment),
    encoding: deltaTermsOf(plan)?.encoding ?? null,
    feedback,
    base: await baseOf(plan, artifacts),
  });
}

/** In training order. */
export async function assignedPages(
  { datasets }: Tools,
  books: Books,
  assignment: string,
): Promise<Uint16Array[]> {
  const { plan, pages } = assignedWork(books, assignment);
  return datasets.pages(must(books.datasets[plan.dataset], plan.dataset), pages);
}

/** The frozen model beside an adapter; null: the whole model is trained. */
export const baseOf = async (
  { adapter }: RunPlan,
  artifacts: Artifacts,
): Promise<Uint8Array | null> =>
  adapter === undefined ? null : artifacts.get(adapter.base.digest);

export async function recomputeOuterStep(
  { artifacts, lane }: Tools,
  books: Books,
  window: WindowBook,
): Promise<OuterResult> {
  const { plan } = must(books.runs[window.run], window.run);
  const { checkpoint, momentum, deltas } = must(window.aggregation, 'aggregation');
  const bytesOf = (digest: Digest): Promise<Uint8Array> => artifacts.get(digest);
  return lane.run('outerStep', {
    spec: outerSpecOf(plan),
    checkpoint: await bytesOf(checkpoint),
    momentum: momentum === null ? null : await bytesOf(momentum),
    deltas: await Promise.all(deltas.map(bytesOf)),
    terms: deltaTermsOf(plan),
  });
}

/** Mean loss of a checkpoint over the dataset's held-out pages, in integer micro-nats a token. */
export async function heldOutLoss(
  tools: Tools,
  books: Books,
  run: string,
  checkpoint: Uint8Array,
): Promise<number> {
  const { plan } = must(books.runs[run], run);
  const { pages, heldOutPages } = must(books.datasets[plan.dataset], plan.dataset);
  const first = pages - heldOutPages;
  const heldOut = Array.from({ length: heldOutPages }, (_, i) => first + i);
  return lossOn(tools, books, run, checkpoint, heldOut);
}

/** The same over any pages of the dataset. */
export async function lossOn(
  { artifacts, lane, datasets }: Tools,
  books: Books,
  run: string,
  checkpoint: Uint8Array,
  pages: readonly number[],
): Promise<number> {
  const { plan } = must(books.runs[run], run);
  const dataset = await datasets.open(must(books.datasets[plan.dataset], plan.dataset));
  const { adapter } = trainingSpecOf(plan, 0);
  const base = await baseOf(plan, artifacts);
  return lane.run('heldOutLoss', {
    model: plan.model,
    checkpoint,
    pages: pages.map((page) => dataset.page(page)),
    batchPages: EVALUATION_BATCH,
    adapted: adapter === undefined || base === null ? null : { adapter, base },
  });
}
