/**
 * What a referee needs of a specification, besides the dispute itself (dispute.ts): the plan of a step,
 * state root 0, and the place of an entry to run it alone. It allocates a step's program but trains
 * nothing.
 */
import type { Backend } from '../backend.ts';
import type { Hash } from '../merkle-tree.ts';
import { conform, parameterShapes } from '../model/parameters.ts';
import { adamWState } from '../optim/adamw.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import { elementCount } from '../tensors/tensor.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { occupyBackend } from '../training/occupy-backend.ts';
import { checkTraining } from '../training/spec.ts';
import type { TrainingSpec } from '../training/spec.ts';
import { stateRoot } from '../training/state-root.ts';
import { allocateTrainer } from '../training/trainer.ts';
import type { Pair } from './dispute.ts';
import type { Finding } from './finding.ts';
import { judgeEntry } from './judge.ts';
import type { Evidence, Shown } from './judge.ts';
import { stepPlan } from './step-plan.ts';
import type { StepPlan } from './step-plan.ts';
import { StepProgram } from './step-program.ts';

export class Referee {
  /** State root 0. */
  readonly initialRoot: string;
  readonly plan: StepPlan;
  readonly #spec: TrainingSpec;
  readonly #pages: readonly Uint16Array[];
  readonly #backend: Backend;
  readonly #hash: Hash;

  private constructor(
    initialRoot: string,
    plan: StepPlan,
    spec: TrainingSpec,
    pages: readonly Uint16Array[],
    backend: Backend,
    hash: Hash,
  ) {
    this.initialRoot = initialRoot;
    this.plan = plan;
    this.#spec = spec;
    this.#pages = pages;
    this.#backend = backend;
    this.#hash = hash;
  }

  /**
   * @param pages all of the contribution
   * @param backend an exact one; free again when this and each method has answered
   * Throws TrainingInputError and SafetensorsError as a contribution does.
   */
  static async open(
    spec: TrainingSpec,
    checkpoint: Uint8Array,
    pages: readonly Uint16Array[],
    backend: Backend,
    hash: Hash,
  ): Promise<Referee> {
    checkTraining(spec, pages);
    const initial = conform(spec.model, readSafetensors(checkpoint).tensors, 'checkpoint');
    const initialRoot = stateRoot(0, initial, adamWState(initial), hash);
    const plan = await onProgram(spec, backend, (program) => Promise.resolve(stepPlan(program)));
    return new Referee(initialRoot, plan, spec, pages, backend, hash);
  }

  /** @param files evidence of each party. One right file is enough; without any, who was asked is wrong */
  judge(evidence: Evidence, files: Pair<Shown>): Promise<Finding> {
    return onProgram(this.#spec, this.#backend, (program) => {
      program.begin(evidence.step, this.#pages);
      return judgeEntry(program, evidence, files, this.#backend, this.#hash);
    });
  }
}

function onProgram<T>(
  spec: TrainingSpec,
  backend: Backend,
  work: (program: StepProgram) => Promise<T>,
): Promise<T> {
  return occupyBackend(backend, () =>
    work(new StepProgram(allocateTrainer(spec, emptyParameters(spec), backend))),
  );
}

/** Places without their numbers. */
function emptyParameters({ model }: TrainingSpec): Tensors {
  return new Map(
    [...parameterShapes(model)].map(([name, shape]) => [
      name,
      { shape, data: new Float32Array(elementCount(shape)) },
    ]),
  );
}
