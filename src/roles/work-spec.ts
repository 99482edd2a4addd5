/**
 * From the books to what is to be computed. Worker, validator and auditor call the same functions,
 * so there is one reading of a plan: the plan fixes the hyperparameters, the window its place in the
 * schedule, the slot its pages.
 */
import type { DeltaTerms } from '../compute/deltas/decode-delta.ts';
import { parseDeltaEncoding } from '../compute/deltas/encoding.ts';
import { parameterShapes } from '../compute/model/parameters.ts';
import type { LoraSpec } from '../compute/lora/spec.ts';
import { initialCheckpoint } from '../compute/training/contribution.ts';
import type { OuterSpec } from '../compute/training/outer-step.ts';
import type { TrainingSpec } from '../compute/training/spec.ts';
import { initialAdapterCheckpoint } from '../compute/training/subject.ts';
import { pagesOfSlot } from '../commands/draws.ts';
import { pagesOfStage } from '../commands/stage-plan.ts';
import type { AdapterData, Assignment, Books, RunPlan, WindowBook } from '../projections/books.ts';
import { must, windowKeyOf } from '../projections/books.ts';

/** Held-out pages evaluated together; changes memory, never a bit of the loss. */
export const EVALUATION_BATCH = 8;

export const trainingSpecOf = (plan: RunPlan, window: number): TrainingSpec => ({
  model: plan.model,
  optimizer: plan.optimizer,
  innerSteps: plan.innerSteps,
  batchPages: plan.batchPages,
  stepOffset: window * plan.innerSteps,
  traceEvery: plan.traceEvery,
  ...(plan.adapter === undefined ? {} : { adapter: loraOf(plan.adapter) }),
});

const loraOf = ({ rank, alpha, targets }: AdapterData): LoraSpec => ({ rank, alpha, targets });

/** The first checkpoint of a run: of the model, or of the adapter where one is trained. */
export function firstCheckpoint({ model, modelSeed, adapter }: RunPlan): Uint8Array<ArrayBuffer> {
  const seed = Buffer.from(modelSeed, 'hex');
  return adapter === undefined
    ? initialCheckpoint(model, seed)
    : initialAdapterCheckpoint(model, loraOf(adapter), seed);
}

/** What the run's deltas are sent in; null: as they are. */
export function deltaTermsOf({ encoding, model }: RunPlan): DeltaTerms | null {
  if (encoding === undefined) return null;
  const said = Object.entries(encoding).filter(([, value]) => value !== null);
  const shapes = parameterShapes(model);
  return { encoding: parseDeltaEncoding(Object.fromEntries(said)), shapes };
}

export const outerSpecOf = (plan: RunPlan): OuterSpec => ({
  outerLearningRate: plan.outer.learningRate,
  outerMomentum: plan.outer.momentum,
});

export interface AssignedWork {
  readonly plan: RunPlan;
  readonly window: WindowBook;
  readonly assignment: Assignment;
  readonly spec: TrainingSpec;
  /** Page indices in training order: of the slot, or of its stage. */
  readonly pages: readonly number[];
}

export function assignedWork(books: Books, id: string): AssignedWork {
  const window = must(books.windows[windowKeyOf(id)], `window of ${id}`);
  const assignment = must(window.assignments[id], id);
  const { plan } = must(books.runs[window.run], window.run);
  const dataset = must(books.datasets[plan.dataset], plan.dataset);
  const trainPages = dataset.pages - dataset.heldOutPages;
  const pages = pagesOfSlot(plan, trainPages, window.window, assignment.slot);
  return {
    plan,
    window,
    assignment,
    spec: trainingSpecOf(plan, window.window),
    pages: pagesOfStage(plan, pages, assignment.stage),
  };
}
