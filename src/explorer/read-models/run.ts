/**
 * What a person wants to know of a run at a glance: where it is, how far, what it learned so far.
 * Losses in micro-nats, gain in basis points rounded toward zero, tokens as whole numbers.
 */
import type { ArtifactRef, Books, RunState } from '../../projections/books.ts';
import { gainBps } from '../../commands/rules/windows/aggregation.ts';
import type { Tally } from './tally.ts';

export interface RevisionView {
  readonly revision: number;
  readonly window: number | null;
  /** The earlier revision that this one is again. */
  readonly restores: number | null;
  readonly checkpoint: ArtifactRef;
  readonly heldOutLossMicroNats: number | null;
}

export interface RunView {
  readonly run: string;
  readonly title: string;
  readonly plannedSequence: number;
  readonly state: RunState;
  readonly revision: number | null;
  readonly windowsReconciled: number;
  readonly windowsPlanned: number;
  readonly windowsTotal: number;
  /** Of submissions whose delta entered an outer step. */
  readonly tokensCounted: number;
  readonly tokensSubmitted: number;
  readonly heldOutLossFirstMicroNats: number | null;
  readonly heldOutLossNowMicroNats: number | null;
  readonly gainBps: number | null;
  readonly slots: number;
  readonly innerSteps: number;
  readonly batchPages: number;
  readonly model: { layers: number; dModel: number; heads: number; vocabSize: number };
  readonly dataset: {
    readonly dataset: string;
    readonly title: string;
    readonly pages: number;
    readonly heldOutPages: number;
    readonly pageTokens: number;
  } | null;
  readonly openPeriod: number | null;
  readonly revisionsTotal: number;
  /** The checkpoint chain, oldest first. */
  readonly revisions: readonly RevisionView[];
}

export function runView(books: Books, run: string, tally: Tally): RunView | undefined {
  const book = books.runs[run];
  if (book === undefined) return undefined;
  const { plan, revisions } = book;
  const tokens = tally.tokensOf(run);
  const first = revisions[0]?.heldOutLossMicroNats ?? null;
  const now = revisions.at(-1)?.heldOutLossMicroNats ?? null;
  return {
    run,
    title: plan.title,
    plannedSequence: book.plannedSequence,
    state: book.state,
    revision: revisions.at(-1)?.revision ?? null,
    windowsReconciled: book.windowsReconciled,
    windowsPlanned: book.windowsPlanned,
    windowsTotal: plan.windows,
    tokensCounted: tokens.counted,
    tokensSubmitted: tokens.submitted,
    heldOutLossFirstMicroNats: first,
    heldOutLossNowMicroNats: now,
    gainBps: first === null || now === null ? null : gainBps(first, now),
    slots: plan.slots,
    innerSteps: plan.innerSteps,
    batchPages: plan.batchPages,
    model: {
      layers: plan.model.layers,
      dModel: plan.model.dModel,
      heads: plan.model.heads,
      vocabSize: plan.model.vocabSize,
    },
    dataset: datasetView(books, plan.dataset),
    openPeriod: book.openPeriod,
    revisionsTotal: revisions.length,
    revisions: revisions.map(
      ({ revision, window, restores, checkpoint, heldOutLossMicroNats }) => ({
        revision,
        window,
        restores: restores ?? null,
        checkpoint: { ...checkpoint },
        heldOutLossMicroNats,
      }),
    ),
  };
}

function datasetView(books: Books, name: string): RunView['dataset'] {
  const book = books.datasets[name];
  if (book === undefined) return null;
  const { dataset, title, pages, heldOutPages, pageTokens } = book;
  return { dataset, title, pages, heldOutPages, pageTokens };
}
