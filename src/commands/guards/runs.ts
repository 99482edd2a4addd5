/** Datasets, plans and the operator's levers on a run. */
import type { Books, RunPlan, RunState } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { planInStages } from '../../projections/runs.ts';
import { deterrentStake, deters } from '../deterrence.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { adapterProblem } from './adapter.ts';
import { encodingProblem } from './encoding.ts';
import { checkpointProblem } from './environment.ts';
import type { Guard } from './guard.ts';

/** What an assignment, and a window's assignments in one commit, can name. */
const PAGES_PER_SLOT_MAX = 20_000;
const PAGES_PER_WINDOW_MAX = 60_000;
/** What the seal of a window can name. */
const SUBMISSIONS_MAX = 1024;

export const registerDataset: Guard<'daybook.dataset.registered.v1'> = (books, { fact }) => {
  const { data } = fact;
  if (books.datasets[data.dataset] !== undefined)
    return refuse('dataset_already_registered', data.dataset);
  if (data.heldOutPages >= data.pages)
    return refuse('dataset_inconsistent', 'no pages are left to train on');
  return data.tokens.sizeBytes < 2 * (data.pages * data.pageTokens + 1)
    ? refuse('dataset_inconsistent', 'the token stream is shorter than its pages')
    : null;
};

export const planRun: Guard<'daybook.run.planned.v1'> = (books, { fact }) =>
  planProblem(books, fact.data);

export const planEncodedRun: Guard<'daybook.run.planned.v2'> = (books, { fact }) =>
  planProblem(books, fact.data);

export const planAdapterRun: Guard<'daybook.run.planned.v3'> = (books, { fact }) =>
  planProblem(books, fact.data);

export const planRunInStages: Guard<'daybook.run.planned.v4'> = (books, { fact }) =>
  planProblem(books, planInStages(fact.data));

function planProblem(books: Books, plan: RunPlan): Refusal | null {
  if (books.policy === null) return refuse('no_policy', 'a run needs a policy to decide by');
  if (books.runs[plan.run] !== undefined || books.archivedRuns?.[plan.run] !== undefined)
    return refuse('run_already_planned', plan.run);
  const dataset = books.datasets[plan.dataset];
  if (dataset === undefined) return refuse('dataset_unknown', plan.dataset);
  const { model } = plan;
  const perSlot = plan.innerSteps * plan.batchPages;
  const contradictions: [boolean, string][] = [
    [dataset.vocabSize > model.vocabSize, 'the dataset has tokens outside the model vocabulary'],
    [dataset.pageTokens !== model.contextLength, 'pages must be as long as the context'],
    [model.dModel % model.heads !== 0, 'heads must divide dModel'],
    [(model.dModel / model.heads) % 2 !== 0, 'rotary embedding needs an even head size'],
    [
      perSlot > dataset.pages - dataset.heldOutPages,
      'a slot needs more pages than the dataset has to train on',
    ],
    [perSlot > PAGES_PER_SLOT_MAX, `a slot takes at most ${PAGES_PER_SLOT_MAX} pages`],
    [
      perSlot * plan.slots > PAGES_PER_WINDOW_MAX,
      `a window assigns at most ${PAGES_PER_WINDOW_MAX} pages`,
    ],
    [(plan.stages ?? 1) > plan.innerSteps, 'every stage of a slot has at least one of its steps'],
    [
      (plan.stages ?? 1) * plan.slots > SUBMISSIONS_MAX,
      `a window names at most ${SUBMISSIONS_MAX} stages of its slots`,
    ],
    [plan.minValidators < books.policy.validation.quorum, 'minValidators is below the quorum'],
  ];
  const found = contradictions.find(([holds]) => holds)?.[1];
  const problem = found ?? sendingProblem(plan);
  if (problem !== null) return refuse('run_inconsistent', problem);
  return deters(books.policy, plan)
    ? null
    : refuse(
        'stake_does_not_deter',
        `at least ${deterrentStake(books.policy, plan) ?? 'more than any'}`,
      );
}

const sendingProblem = ({ encoding, adapter, model }: RunPlan): string | null =>
  (encoding === undefined ? null : encodingProblem(encoding)) ??
  (adapter === undefined ? null : adapterProblem(model, adapter));

const inState = (books: Books, run: string, ...allowed: RunState[]): Refusal | null => {
  const book = books.runs[run];
  if (book === undefined)
    return books.archivedRuns?.[run] === undefined
      ? refuse('run_unknown', run)
      : refuse('run_state_forbids', 'the run is over and in the archive');
  return allowed.includes(book.state)
    ? null
    : refuse('run_state_forbids', `the run is ${book.state}; it must be ${allowed.join(' or ')}`);
};

export const startRun: Guard<'daybook.run.initializing.v1'> = (books, { fact }) =>
  inState(books, fact.data.run, 'planned') ??
  checkpointProblem(must(books.policy, 'policy'), fact.data.checkpoint);
export const pauseRun: Guard<'daybook.run.paused.v1'> = (books, { fact }) =>
  inState(books, fact.data.run, 'active', 'recovering');
export const resumeRun: Guard<'daybook.run.resumed.v1'> = (books, { fact }) =>
  inState(books, fact.data.run, 'paused');
export const failRun: Guard<'daybook.run.failed.v1'> = (books, { fact }) =>
  inState(books, fact.data.run, 'planned', 'initializing', 'active', 'recovering', 'paused');
