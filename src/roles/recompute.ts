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

/** @param feedback the error feedback that goes into an encoded delta; null: none */
export async function recomputeContribution(
  { artifacts, lane, datasets }: Tools,
  books: Books,
  assignment: string,
  feedback: Uint8Array | null,
): Promise<SentContribution> {
  const { plan, window, spec, pages } = assignedWork(books, assignment);
  const dataset = await datasets.open(must(books.datasets[plan.dataset], plan.dataset));
  return lane.run('contribute', {
    spec,
    checkpoint: await artifacts.get(window.checkpoint),
    pages: pages.map((page) => dataset.page(page)),
    encoding: deltaTermsOf(plan)?.encoding ?? null,
    feedback,
    base: await baseOf(plan, artifacts),
  });
}

/** The frozen model beside an adapter; null: the whole model is trained. */
const baseOf = async ({ adapter }: RunPlan, artifacts: Artifacts): Promise<Uint8Array | null> =>
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
  { artifacts, lane, datasets }: Tools,
  books: Books,
  run: string,
  checkpoint: Uint8Array,
): Promise<number> {
  const { plan } = must(books.runs[run], run);
  const info = must(books.datasets[plan.dataset], plan.dataset);
  const dataset = await datasets.open(info);
  const first = info.pages - info.heldOutPages;
  const { adapter } = trainingSpecOf(plan, 0);
  const base = await baseOf(plan, artifacts);
  return lane.run('heldOutLoss', {
    model: plan.model,
    checkpoint,
    pages: Array.from({ length: info.heldOutPages }, (_, i) => dataset.page(first + i)),
    batchPages: EVALUATION_BATCH,
    adapted: adapter === undefined || base === null ? null : { adapter, base },
  });
}
