/**
 * One party of a dispute: answers what is asked about its contribution by computing it again. Memory is
 * bounded: a root of every step, `snapshotsMax` + 1 states of the model, and the trace of one step.
 *
 * The first answer runs the whole contribution; a question about another step's trace runs it again from
 * the nearest state before. One question at a time: the backend is busy until it is answered.
 */
import type { Backend } from '../backend.ts';
import { hex } from '../hex.ts';
import { inclusionPath } from '../merkle-tree.ts';
import type { Hash } from '../merkle-tree.ts';
import { checkWhole } from '../model/config.ts';
import { conform } from '../model/parameters.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { occupyBackend } from '../training/occupy-backend.ts';
import { checkTraining } from '../training/spec.ts';
import type { TrainingSpec } from '../training/spec.ts';
import { stateLeaves, stateRoot, stateTensors } from '../training/state-root.ts';
import { allocateTrainer } from '../training/trainer.ts';
import type { Trainer } from '../training/trainer.ts';
import type { Answer, Question } from './answers.ts';
import { parameterFile } from './delta-claim.ts';
import type { ParameterOpening } from './delta-claim.ts';
import { DisputeError } from './dispute-error.ts';
import { writeEvidence } from './evidence-file.ts';
import { stepPlan } from './step-plan.ts';
import type { StepPlan } from './step-plan.ts';
import { StepProgram } from './step-program.ts';
import type { OnOperation } from './step-program.ts';
import { traceStep } from './step-trace.ts';
import type { StepTrace } from './step-trace.ts';

export interface PartyOptions {
  /** States of the model to keep, each three times its parameters; 4 unless said. */
  readonly snapshotsMax?: number;
  readonly onOperation?: OnOperation;
}

/** A copy of the tensors of a state, in their order. */
type Snapshot = readonly Float32Array[];

interface Traced {
  readonly trace: StepTrace;
  readonly plan: StepPlan;
  /** The state that the step began with. */
  readonly before: Snapshot;
}

const SNAPSHOTS = 4;
const SNAPSHOTS_MAX = 1e6;

export class Party {
  readonly #spec: TrainingSpec;
  readonly #initial: Tensors;
  readonly #pages: readonly Uint16Array[];
  readonly #backend: Backend;
  readonly #hash: Hash;
  readonly #every: number;
  readonly #onOperation: OnOperation;
  /** By steps done. */
  readonly #snapshots = new Map<number, Snapshot>();
  #roots: string[] | null = null;
  #traced: Traced | null = null;

  /**
   * @param backend an exact one; free again when each method has answered
   * Throws TrainingInputError and SafetensorsError as a contribution does.
   */
  constructor(
    spec: TrainingSpec,
    checkpoint: Uint8Array,
    pages: readonly Uint16Array[],
    backend: Backend,
    hash: Hash,
    { snapshotsMax = SNAPSHOTS, onOperation = () => {} }: PartyOptions = {},
  ) {
    checkTraining(spec, pages);
    checkWhole('snapshotsMax', snapshotsMax, 0, SNAPSHOTS_MAX);
    this.#spec = spec;
    this.#initial = conform(spec.model, readSafetensors(checkpoint).tensors, 'checkpoint');
    this.#pages = pages;
    this.#backend = backend;
    this.#hash = hash;
    this.#every = Math.ceil(spec.innerSteps / (snapshotsMax + 1));
    this.#onOperation = onOperation;
  }

  /** Throws DisputeError `question_out_of_range`, and NumericFault where the contribution ends in one. */
  async answer(question: Question): Promise<Answer> {
    switch (question.kind) {
      case 'state_root':
        return { ...question, root: await this.stateRootAt(question.step) };
      case 'trace_root': {
        const { trace } = await this.#tracedStep(question.step);
        requireAtMost(question.position, trace.entries.length);
        return { ...question, root: trace.rootAt(question.position) };
      }
      case 'entry': {
        const { trace } = await this.#tracedStep(question.step);
        requireAtMost(question.index, trace.entries.length - 1);
        const { index } = question;
        return { ...question, entry: trace.entries[index]!, peaks: trace.peaksBefore(index) };
      }
      case 'read':
        return this.#proveRead(question);
    }
  }

  /** Hex, after `step` steps. */
  async stateRootAt(step: number): Promise<string> {
    requireAtMost(step, this.#spec.innerSteps);
    this.#roots ??= await this.#runAll();
    return this.#roots[step]!;
  }

  async traceOfStep(step: number): Promise<StepTrace> {
    return (await this.#tracedStep(step)).trace;
  }

  /** The file of what entry `index` read (evidence-file.ts). */
  async evidence(step: number, index: number): Promise<Uint8Array<ArrayBuffer>> {
    const { trace, before } = await this.#tracedStep(step);
    // The end entry computes nothing.
    requireAtMost(index, trace.entries.length - 2);
    return this.#onTrainer(async (trainer) => {
      restore(trainer, before);
      const program = new StepProgram(trainer);
      program.begin(step, this.#pages);
      for (const [at, operation] of program.operations.slice(0, index).entries()) {
        await operation.run();
        this.#onOperation(step, at, operation);
      }
      return writeEvidence(program.operations[index]!.reads);
    });
  }

  /** A parameter after the last step, opened against the last state root (delta-claim.ts). */
  async finalParameter(name: string): Promise<ParameterOpening> {
    const index = [...this.#initial.keys()].indexOf(name);
    if (index === -1) throw new DisputeError('question_out_of_range', 'no parameter of that name');
    const { innerSteps } = this.#spec;
    return this.#onTrainer(async (trainer) => {
      await this.#runTo(new StepProgram(trainer), innerSteps);
      const leaves = stateLeaves(innerSteps, trainer.parameters, trainer.moments, this.#hash);
      return {
        file: parameterFile(name, trainer.parameters.get(name)!.data),
        path: inclusionPath(leaves, index + 1, this.#hash).map(hex),
      };
    });
  }

  async #proveRead(question: Question & { kind: 'read' }): Promise<Answer> {
    const { step, index, role } = question;
    const { trace, plan } = await this.#tracedStep(step);
    const read = plan.entries[index]?.reads.find((one) => one.role === role);
    if (read === undefined)
      throw new DisputeError('question_out_of_range', `entry ${index} reads nothing at that role`);
    const { source } = read;
    if (source.kind === 'state')
      return { ...question, proof: { kind: 'state', path: trace.statePath(source.leaf) } };
    const entry = trace.entries[source.index]!;
    const path = trace.entryPath(source.index, index);
    return { ...question, proof: { kind: 'entry', entry, path } };
  }

  #runAll(): Promise<string[]> {
    return this.#onTrainer(async (trainer) => {
      const program = new StepProgram(trainer);
      const roots = [this.#rootOf(trainer, 0)];
      for (let step = 0; step < this.#spec.innerSteps; step += 1) {
        if (step > 0 && step % this.#every === 0) this.#snapshots.set(step, snapshotOf(trainer));
        await program.run(step, this.#pages, this.#onOperation);
        roots.push(this.#rootOf(trainer, step + 1));
      }
      return roots;
    });
  }

  async #tracedStep(step: number): Promise<Traced> {
    requireAtMost(step, this.#spec.innerSteps - 1);
    if (this.#traced?.trace.step === step) return this.#traced;
    this.#traced = await this.#onTrainer(async (trainer) => {
      const program = new StepProgram(trainer);
      await this.#runTo(program, step);
      const before = snapshotOf(trainer);
      const trace = await traceStep(program, step, this.#pages, this.#hash, this.#onOperation);
      return { trace, plan: stepPlan(program), before };
    });
    return this.#traced;
  }

  /** From the last state kept before this step. */
  async #runTo(program: StepProgram, step: number): Promise<void> {
    const kept = Math.max(0, ...[...this.#snapshots.keys()].filter((at) => at <= step));
    if (kept > 0) restore(program.trainer, this.#snapshots.get(kept)!);
    for (let at = kept; at < step; at += 1) await program.run(at, this.#pages, this.#onOperation);
  }

  #rootOf({ parameters, moments }: Trainer, steps: number): string {
    return stateRoot(steps, parameters, moments, this.#hash);
  }

  #onTrainer<T>(work: (trainer: Trainer) => Promise<T>): Promise<T> {
    return occupyBackend(this.#backend, () =>
      work(allocateTrainer(this.#spec, this.#initial, this.#backend)),
    );
  }
}

function snapshotOf({ parameters, moments }: Trainer): Snapshot {
  return stateTensors(parameters, moments).map(([, data]) => Float32Array.from(data));
}

function restore({ parameters, moments }: Trainer, snapshot: Snapshot): void {
  stateTensors(parameters, moments).forEach(([, data], i) => data.set(snapshot[i]!));
}

function requireAtMost(value: number, max: number): void {
  if (value < 0 || value > max)
    throw new DisputeError('question_out_of_range', `${value} is beyond ${max}`);
}
