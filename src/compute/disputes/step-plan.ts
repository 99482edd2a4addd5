/**
 * What every entry of a step's trace must look like and where each thing it reads was made: the same
 * for all steps of a specification, plain JSON, without a number of any run.
 */
import { invariant } from '../invariant.ts';
import { stateTensors } from '../training/state-root.ts';
import { StorageMap } from './storage-map.ts';
import type { Place } from './step-operation.ts';
import type { StepProgram } from './step-program.ts';
import { END_OPERATION } from './trace-entry.ts';
import type { Phase } from './trace-entry.ts';

export type Source =
  /** A leaf of the state root that the step begins with; `leaf` is its index. */
  | { readonly kind: 'state'; readonly leaf: number }
  /** What an earlier entry wrote. */
  | { readonly kind: 'entry'; readonly index: number; readonly role: string };

export interface PlannedEntry {
  readonly operation: string;
  readonly phase: Phase;
  readonly reads: readonly { readonly role: string; readonly source: Source }[];
  readonly writes: readonly string[];
}

export interface StepPlan {
  /** The end entry is the last. */
  readonly entries: readonly PlannedEntry[];
  /** Leaves of a state root. */
  readonly stateLeaves: number;
}

export function stepPlan({ operations, trainer }: StepProgram): StepPlan {
  const state = stateTensors(trainer.parameters, trainer.moments);
  const sources = new StorageMap<Source>();
  state.forEach(([, data], i) => sources.set(data, { kind: 'state', leaf: i + 1 }));
  const readsOf = (places: readonly Pick<Place, 'role' | 'numbers'>[]) =>
    places.map(({ role, numbers }) => {
      const source = sources.get(numbers);
      invariant(source !== undefined, `${role} was written before it is read`);
      return { role, source };
    });
  const entries = operations.map(({ operation, phase, reads, writes }, index): PlannedEntry => {
    const read = readsOf(reads);
    for (const { role, numbers } of writes) sources.set(numbers, { kind: 'entry', index, role });
    return { operation, phase, reads: read, writes: writes.map(({ role }) => role) };
  });
  const end: PlannedEntry = {
    operation: END_OPERATION,
    phase: 'update',
    reads: readsOf(state.map(([role, numbers]) => ({ role, numbers }))),
    writes: ['root'],
  };
  return { entries: [...entries, end], stateLeaves: state.length + 1 };
}
