/**
 * What one contribution must compute: plain JSON, fixed by events before the work starts. With the
 * checkpoint and the pages it determines the delta to the last bit.
 */
import { checkModelConfig, checkReal, checkWhole } from '../model/config.ts';
import type { LoraSpec } from '../lora/spec.ts';
import type { ModelConfig } from '../model/config.ts';
import { TrainingInputError } from '../training-input-error.ts';

export interface OptimizerSpec {
  readonly learningRate: number;
  readonly minLearningRate: number;
  readonly warmupSteps: number;
  /** Length of the schedule in global inner steps, over all windows. */
  readonly totalSteps: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Global gradient norm above which gradients are scaled down; 0 = never. */
  readonly clipNorm: number;
}

export interface TrainingSpec {
  readonly model: ModelConfig;
  /** What is trained of the model, beside a base; absent: the whole of it. */
  readonly adapter?: LoraSpec;
  /** AdamW moments start at zero in every window; only the schedule runs through. */
  readonly optimizer: OptimizerSpec;
  readonly innerSteps: number;
  readonly batchPages: number;
  /** Global inner step at which this window begins. */
  readonly stepOffset: number;
  /** A state root every n steps, and always after the last; 0 = only the last. */
  readonly traceEvery: number;
}

const STEPS_MAX = 1e9;

/** Consecutive inner steps of a window: `steps` of them from step `first`. */
export interface StepSpan {
  readonly first: number;
  readonly steps: number;
}

export const wholeSpan = ({ innerSteps }: TrainingSpec): StepSpan => ({
  first: 0,
  steps: innerSteps,
});

/** Throws TrainingInputError: spec_invalid, pages_empty, page_count_mismatch or a page's own. */
export function checkTraining(
  spec: TrainingSpec,
  pages: readonly Uint16Array[],
  span: StepSpan = wholeSpan(spec),
): void {
  checkModelConfig(spec.model);
  checkOptimizer(spec.optimizer);
  checkWhole('innerSteps', spec.innerSteps, 1, STEPS_MAX);
  checkWhole('batchPages', spec.batchPages, 1, 65536);
  checkWhole('stepOffset', spec.stepOffset, 0, STEPS_MAX);
  checkWhole('traceEvery', spec.traceEvery, 0, STEPS_MAX);
  checkWhole('first step', span.first, 0, spec.innerSteps - 1);
  checkWhole('steps', span.steps, 1, spec.innerSteps - span.first);
  checkPages(spec.model, pages);
  if (pages.length !== span.steps * spec.batchPages) {
    throw new TrainingInputError(
      'page_count_mismatch',
      `${pages.length} pages for ${span.steps} steps of ${spec.batchPages}`,
    );
  }
}

function checkOptimizer(optimizer: OptimizerSpec): void {
  checkReal('learningRate', optimizer.learningRate, 0, 1e3);
  checkReal('minLearningRate', optimizer.minLearningRate, 0, 1e3);
  checkWhole('warmupSteps', optimizer.warmupSteps, 0, STEPS_MAX);
  checkWhole('totalSteps', optimizer.totalSteps, 0, STEPS_MAX);
  checkReal('beta1', optimizer.beta1, 0, 0.999999);
  checkReal('beta2', optimizer.beta2, 0, 0.999999999);
  checkReal('eps', optimizer.eps, 1e-30, 1);
  checkReal('weightDecay', optimizer.weightDecay, 0, 1e3);
  checkReal('clipNorm', optimizer.clipNorm, 0, 1e30);
}

/** Every page holds contextLength + 1 tokens below vocabSize, and there is at least one. */
export function checkPages(model: ModelConfig, pages: readonly Uint16Array[]): void {
  if (pages.length === 0) throw new TrainingInputError('pages_empty', 'no pages to work on');
  for (const [index, page] of pages.entries()) {
    if (page.length !== model.contextLength + 1) {
      throw new TrainingInputError(
        'page_length_mismatch',
        `page ${index} holds ${page.length} tokens, wanted ${model.contextLength + 1}`,
      );
    }
    const bad = page.find((token) => token >= model.vocabSize);
    if (bad !== undefined) {
      throw new TrainingInputError(
        'token_out_of_range',
        `page ${index} holds token ${bad}, the vocabulary ends at ${model.vocabSize - 1}`,
      );
    }
  }
}
