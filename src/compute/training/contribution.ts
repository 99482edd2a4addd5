/**
 * A contribution: inner steps from a checkpoint on assigned pages, and the delta they made. A pure
 * function of (spec, checkpoint, base, pages): on exact backends the same bits for everyone, which is how
 * validators and auditors check it.
 *
 *   delta = theta_r - theta_local, elementwise in f32; step s works on pages [s B, (s + 1) B)
 */
import type { Backend } from '../backend.ts';
import type { Hash } from '../merkle-tree.ts';
import { initialParameters } from '../model/parameters.ts';
import type { ModelConfig } from '../model/config.ts';
import { writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { NumericFault } from './numeric-fault.ts';
import { occupyBackend } from './occupy-backend.ts';
import { checkTraining, wholeSpan } from './spec.ts';
import type { StepSpan, TrainingSpec } from './spec.ts';
import { stateRoot } from './state-root.ts';
import { openTraining } from './open-training.ts';
import { subjectOf } from './subject.ts';
import type { StepReport } from './trainer.ts';
import type { TrainingRun, TrainingState } from './training-run.ts';

export interface Contribution {
  /** safetensors, names and shapes of the checkpoint. */
  readonly delta: Uint8Array<ArrayBuffer>;
  /** Mean nats a token of the first and the last step, each before its update. */
  readonly lossFirst: number;
  readonly lossLast: number;
  readonly tokens: number;
  /** Hex state roots after every `traceEvery` steps and after the last. */
  readonly trace: readonly string[];
}

/** The first checkpoint of a run; `seed` is 32 bytes. */
export function initialCheckpoint(model: ModelConfig, seed: Uint8Array): Uint8Array<ArrayBuffer> {
  return writeSafetensors(initialParameters(model, seed));
}

/**
 * @param base safetensors of the frozen model that an adapter is trained on; null: the whole is trained
 * Throws SafetensorsError or TrainingInputError for input that breaks its rules, NumericFault where
 * a loss, gradient or delta is not finite, BackendUnavailable what a device could not do.
 */
export async function contribute(
  spec: TrainingSpec,
  checkpoint: Uint8Array,
  pages: readonly Uint16Array[],
  backend: Backend,
  hash: Hash,
  onStep: (report: StepReport) => void = () => {},
  base: Uint8Array | null = null,
): Promise<Contribution> {
  checkTraining(spec, pages);
  const { trained, ...frozen } = subjectOf(spec.model, spec.adapter, checkpoint, base);
  return occupyBackend(backend, async () => {
    const run = await openTraining(spec, trained, backend, frozen);
    try {
      const { last, ...report } = await runSteps(spec, wholeSpan(spec), run, pages, hash, onStep);
      return { ...report, delta: writeSafetensors(difference(trained, last.parameters)) };
    } finally {
      run.close();
    }
  });
}

/** What a run of steps leaves: its report, and the state after the last. */
interface Ran extends Omit<Contribution, 'delta'> {
  readonly last: TrainingState;
}

export async function runSteps(
  { model, batchPages, traceEvery }: TrainingSpec,
  span: StepSpan,
  run: TrainingRun,
  pages: readonly Uint16Array[],
  hash: Hash,
  onStep: (report: StepReport) => void,
): Promise<Ran> {
  const losses: number[] = [];
  const trace: string[] = [];
  const end = span.first + span.steps;
  for (let index = span.first; index < end; index += 1) {
    const from = (index - span.first) * batchPages;
    const report = await run.step(index, pages.slice(from, from + batchPages));
    losses.push(report.loss);
    const done = index + 1;
    if (done < end && traceEvery > 0 && done % traceEvery === 0) {
      trace.push(rootOf(done, await run.state(), hash));
    }
    onStep(report);
  }
  const last = await run.state();
  trace.push(rootOf(end, last, hash));
  return {
    last,
    lossFirst: losses[0]!,
    lossLast: losses.at(-1)!,
    tokens: pages.length * model.contextLength,
    trace,
  };
}

const rootOf = (steps: number, { parameters, moments }: TrainingState, hash: Hash): string =>
  stateRoot(steps, parameters, moments, hash);

/** before - after. Throws NumericFault. */
export function difference(before: Tensors, after: Tensors): Tensors {
  const delta = new Map<string, Tensor>();
  for (const [name, { shape, data }] of before) {
    const local = after.get(name)!.data;
    const change = new Float32Array(data.length);
    for (let i = 0; i < change.length; i += 1) change[i] = data[i]! - local[i]!;
    if (!change.every(Number.isFinite)) throw new NumericFault('delta', -1);
    delta.set(name, { shape, data: change });
  }
  return delta;
}
