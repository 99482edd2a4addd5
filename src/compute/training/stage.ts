/**
 * A stage of a contribution: consecutive inner steps of it, from the checkpoint or from the state that
 * the stage before handed on, to the state that the next begins with or, after the last step, to the
 * delta. Stages one after the other make, on exact backends, the contribution (contribution.ts) to the
 * bit: the same steps on the same pages, and a state file holds all that a step reads.
 *
 * A state file is safetensors of "param/<name>", "exp_avg/<name>" and "exp_avg_sq/<name>", f32, with
 * the number of steps behind it in its metadata as "step".
 */
import type { Backend } from '../backend.ts';
import type { Hash } from '../merkle-tree.ts';
import { conformTo } from '../model/parameters.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensor, Tensors } from '../tensors/tensor.ts';
import { TrainingInputError } from '../training-input-error.ts';
import type { Contribution } from './contribution.ts';
import { difference, runSteps } from './contribution.ts';
import { occupyBackend } from './occupy-backend.ts';
import { openTraining } from './open-training.ts';
import { checkTraining } from './spec.ts';
import type { StepSpan, TrainingSpec } from './spec.ts';
import { subjectIn } from './subject.ts';
import type { TrainingState } from './training-run.ts';

const KINDS = { parameters: 'param', m: 'exp_avg', v: 'exp_avg_sq' } as const;

export interface StageInput {
  /** What the whole contribution starts from. */
  readonly checkpoint: Uint8Array;
  /** What the stage before handed on; null: this is the first. */
  readonly state: Uint8Array | null;
  /** The frozen model beside an adapter; null: the whole model is trained. */
  readonly base: Uint8Array | null;
}

/**
 * `delta` of the outcome is a state file, unless the span ends with the last inner step.
 * @param pages those of the span alone
 * Throws as `contribute` does; also TrainingInputError state_step_mismatch, before any step.
 */
export async function trainStage(
  spec: TrainingSpec,
  span: StepSpan,
  { checkpoint, state, base }: StageInput,
  pages: readonly Uint16Array[],
  backend: Backend,
  hash: Hash,
): Promise<Contribution> {
  checkTraining(spec, pages, span);
  const { tensors: initial } = readSafetensors(checkpoint);
  const { trained, ...frozen } = subjectIn(spec.model, spec.adapter, initial, base);
  const from = state === null ? null : readState(state, trained, span.first);
  if (from === null && span.first > 0)
    throw new TrainingInputError('state_step_mismatch', `no state after ${span.first} steps`);
  return occupyBackend(backend, async () => {
    const run = await openTraining(
      spec,
      from?.parameters ?? trained,
      backend,
      frozen,
      from?.moments,
    );
    try {
      const { last, ...report } = await runSteps(spec, span, run, pages, hash, () => {});
      const end = span.first + span.steps;
      const delta =
        end === spec.innerSteps
          ? writeSafetensors(difference(trained, last.parameters))
          : writeState(end, last);
      return { ...report, delta };
    } finally {
      run.close();
    }
  });
}

const named = (kind: string, tensors: Tensors): [string, Tensor][] =>
  [...tensors].map(([name, tensor]) => [`${kind}/${name}`, tensor]);

function writeState(steps: number, { parameters, moments: { m, v } }: TrainingState) {
  const tensors = [
    ...named(KINDS.parameters, parameters),
    ...named(KINDS.m, m),
    ...named(KINDS.v, v),
  ];
  return writeSafetensors(new Map(tensors), new Map([['step', String(steps)]]));
}

/** Tensors in the order of what is trained, however the file has them. */
function readState(file: Uint8Array, trained: Tensors, steps: number): TrainingState {
  const { tensors, metadata } = readSafetensors(file);
  if (metadata.get('step') !== String(steps))
    throw new TrainingInputError(
      'state_step_mismatch',
      `a state after ${metadata.get('step') ?? 'no known'} steps, wanted ${steps}`,
    );
  const kinds = Object.values(KINDS);
  const shapes = kinds.flatMap((kind) =>
    [...trained].map(([name, { shape }]) => [`${kind}/${name}`, shape] as const),
  );
  const whole = conformTo(new Map(shapes), tensors, 'state');
  const of = (kind: string): Tensors =>
    new Map([...trained.keys()].map((name) => [name, whole.get(`${kind}/${name}`)!]));
  checkSquares(of(KINDS.v));
  return { parameters: of(KINDS.parameters), moments: { m: of(KINDS.m), v: of(KINDS.v) } };
}

/** A negative mean of squares has no root. */
function checkSquares(tensors: Tensors): void {
  for (const [name, { data }] of tensors)
    if (!data.every((square) => square >= 0))
      throw new TrainingInputError('value_out_of_range', `${KINDS.v}/${name} is below zero`);
}
