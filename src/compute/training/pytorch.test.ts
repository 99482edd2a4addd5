/**
 * The whole model against PyTorch in float64 (fixtures/tensors/generate.py): losses, gradient norms,
 * every gradient of the first step, and every parameter after five AdamW steps.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import { conform } from '../model/parameters.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import type { Tensors } from '../tensors/tensor.ts';
import type { TrainingSpec } from './spec.ts';
import { allocateTrainer, trainStep } from './trainer.ts';

interface Case extends Omit<TrainingSpec, 'stepOffset' | 'traceEvery'> {
  readonly pages: number[][];
  readonly losses: number[];
  readonly gradientNorms: number[];
}

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/tensors/${name}`, import.meta.url));
const oracle = JSON.parse(fixture('gpt.json').toString()) as Case;
const tensors = (name: string): Tensors =>
  conform(oracle.model, readSafetensors(fixture(name)).tensors, name);

/** Largest difference between tensors of one name, relative to the expected one's largest value. */
function worstDifference(actual: Tensors, expected: Tensors, relative: boolean): number {
  let worst = 0;
  for (const [name, { data }] of expected) {
    const largest = relative ? data.reduce((max, x) => Math.max(max, Math.abs(x)), 0) : 1;
    const other = actual.get(name)!.data;
    data.forEach((x, i) => {
      worst = Math.max(worst, Math.abs(x - other[i]!) / largest);
    });
  }
  return worst;
}

test('losses, gradients and five AdamW steps agree', async () => {
  const spec: TrainingSpec = { ...oracle, stepOffset: 0, traceEvery: 0 };
  const trainer = allocateTrainer(spec, tensors('gpt-initial.safetensors'), openReferenceBackend());
  const pages = oracle.pages.map((page) => Uint16Array.from(page));
  for (let step = 0; step < spec.innerSteps; step += 1) {
    const batch = pages.slice(step * spec.batchPages, (step + 1) * spec.batchPages);
    const report = await trainStep(trainer, step, batch);
    expect(Math.abs(report.loss - oracle.losses[step]!)).toBeLessThan(2e-6);
    expect(Math.abs(report.gradientNorm / oracle.gradientNorms[step]! - 1)).toBeLessThan(2e-5);
    if (step > 0) continue;
    const expected = tensors('gpt-gradients.safetensors');
    expect(worstDifference(trainer.gradients, expected, true)).toBeLessThan(2e-6);
  }
  const trained = tensors('gpt-trained.safetensors');
  expect(worstDifference(trainer.parameters, trained, false)).toBeLessThan(
    0.01 * spec.optimizer.learningRate,
  );
});
