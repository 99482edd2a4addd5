/**
 * A training step as the list of its operations: what training/trainer.ts does, to the same bits, cut
 * where a trace has its entries. Forward passes, `seed` (the gradient of the loss), backward passes,
 * then the updates.
 */
import { meanLoss } from '../ops/cross-entropy.ts';
import { NumericFault } from '../training/numeric-fault.ts';
import { stateTensors } from '../training/state-root.ts';
import type { Trainer } from '../training/trainer.ts';
import { invariant } from '../invariant.ts';
import { passOperation } from './pass-operation.ts';
import { StorageMap } from './storage-map.ts';
import type { StepOperation } from './step-operation.ts';
import { updateOperations } from './update-operations.ts';

/** Sees each operation when it has run. Who changes what it has written changes the run. */
export type OnOperation = (stepIndex: number, index: number, operation: StepOperation) => void;

export class StepProgram {
  readonly trainer: Trainer;
  readonly operations: readonly StepOperation[];
  #stepIndex = 0;

  constructor(trainer: Trainer) {
    invariant(trainer.backend.computeClass === 'exact', 'who disputes digests computes exactly');
    this.trainer = trainer;
    const stateNames = new StorageMap<string>();
    for (const [name, data] of stateTensors(trainer.parameters, trainer.moments))
      stateNames.set(data, name);
    const { forwardPasses, backwardPasses } = trainer.model.program;
    const passes = [...forwardPasses, ...backwardPasses].map((pass) =>
      passOperation(pass, (numbers) => stateNames.get(numbers) ?? null),
    );
    this.operations = [
      ...passes.slice(0, forwardPasses.length),
      this.#seed(),
      ...passes.slice(forwardPasses.length),
      ...updateOperations(trainer, () => this.#stepIndex),
    ];
  }

  /** Before the operations of this step run, one by one or alone. */
  begin(stepIndex: number, pages: readonly Uint16Array[]): void {
    const { batchPages } = this.trainer.spec;
    this.#stepIndex = stepIndex;
    this.trainer.model.load(pages.slice(stepIndex * batchPages, (stepIndex + 1) * batchPages));
  }

  /**
   * One step of the window, of which `pages` are all pages. Throws NumericFault.
   * @param before sees each operation when it is about to run
   */
  async run(
    stepIndex: number,
    pages: readonly Uint16Array[],
    onOperation: OnOperation,
    before: (index: number, operation: StepOperation) => void = () => {},
  ): Promise<void> {
    this.begin(stepIndex, pages);
    for (const [index, operation] of this.operations.entries()) {
      before(index, operation);
      const pending = operation.run();
      if (pending !== undefined) await pending;
      onOperation(stepIndex, index, operation);
    }
  }

  /** Reads nothing: the loss is made only once it is known to be finite. */
  #seed(): StepOperation {
    const { program, rowLosses, rows } = this.trainer.model;
    const first = program.backwardPasses.find(({ pass }) => pass === 'backward');
    invariant(first !== undefined, 'a program with a loss');
    const { resultGradient } = first.places;
    const role = 'loss gradient';
    return {
      operation: 'seed',
      phase: 'backward',
      reads: [],
      writes: [{ role, numbers: resultGradient, stateName: null }],
      run: () => {
        const step = this.trainer.spec.stepOffset + this.#stepIndex;
        if (!Number.isFinite(meanLoss(rowLosses, rows))) throw new NumericFault('loss', step);
        program.beginBackward();
      },
      alone: () => Promise.resolve(new Map([[role, Float32Array.of(1)]])),
    };
  }
}
