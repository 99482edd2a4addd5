/** What each stage of a slot is to do, from the plan of its run and from what was handed on. */
import type { Digest } from '../events/ids.ts';
import type { Assignment, RunPlan, StageData } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import { stepsOfStage } from '../projections/grouped-stages.ts';

/** Undefined where the run has no stages. @param checkpoint what the window starts from */
export function firstStage(plan: RunPlan, checkpoint: Digest): StageData | undefined {
  if (plan.stages === undefined) return undefined;
  const steps = stepsOfStage(plan.innerSteps, plan.stages, 0);
  return { index: 0, count: plan.stages, ...steps, upstream: null, input: checkpoint };
}

/** Of a stage that is done and is not the last. */
export function stageAfter(plan: RunPlan, { assignment, stage, submission }: Assignment) {
  const { index, count } = must(stage, 'stage');
  const next: StageData = {
    index: index + 1,
    count,
    ...stepsOfStage(plan.innerSteps, count, index + 1),
    upstream: assignment,
    input: must(submission, 'submission').delta.digest,
  };
  return next;
}

/** Those of the slot's pages that its steps work on; all of them where it is the whole slot. */
export const pagesOfStage = (
  { batchPages }: RunPlan,
  pages: readonly number[],
  stage: StageData | undefined,
): readonly number[] =>
  stage === undefined
    ? pages
    : pages.slice(stage.firstStep * batchPages, (stage.firstStep + stage.steps) * batchPages);
