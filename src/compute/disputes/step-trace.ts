/** The trace of one step while it runs, and what can be shown of it. Format: trace-entry.ts. */
import { hex } from '../hex.ts';
import { leafHash, rootOfPeaks, treeRoot, inclusionPath, withLeaf } from '../merkle-tree.ts';
import type { Hash } from '../merkle-tree.ts';
import { stateHead, stateLeaves, stateTensors } from '../training/state-root.ts';
import { bytesIn } from './step-operation.ts';
import type { Numbers, Place } from './step-operation.ts';
import type { OnOperation, StepProgram } from './step-program.ts';
import { endEntry, entryLeaf, startLeaf } from './trace-entry.ts';
import type { Digests, TraceEntry } from './trace-entry.ts';

export class StepTrace {
  readonly step: number;
  /** The end entry is the last. */
  readonly entries: readonly TraceEntry[];
  readonly #stateLeaves: readonly Uint8Array[];
  readonly #leaves: readonly Uint8Array[];
  /** [count]: the peaks of so many leaves. A dispute asks for a root at every halving. */
  readonly #peaks: readonly (readonly Uint8Array[])[];
  readonly #hash: Hash;

  /** @param before leaf hashes of the state root that the step began with */
  constructor(
    step: number,
    before: readonly Uint8Array[],
    entries: readonly TraceEntry[],
    hash: Hash,
  ) {
    this.step = step;
    this.entries = entries;
    this.#stateLeaves = before;
    const root = hex(treeRoot(before, hash));
    this.#leaves = [
      startLeaf(step, root, hash),
      ...entries.map((entry, index) => entryLeaf(index, entry, hash)),
    ];
    const peaks: (readonly Uint8Array[])[] = [[]];
    for (const [count, leaf] of this.#leaves.entries())
      peaks.push(withLeaf(peaks[count]!, count, leaf, hash));
    this.#peaks = peaks;
    this.#hash = hash;
  }

  /** t(position), hex; from 0 to the number of entries. */
  rootAt(position: number): string {
    return hex(rootOfPeaks(this.#peaks[position + 1]!, this.#hash));
  }

  /** Of the leaves before entry `index`, hex. */
  peaksBefore(index: number): string[] {
    return this.#peaks[index + 1]!.map(hex);
  }

  /** From entry `index` to t(position), hex. */
  entryPath(index: number, position: number): string[] {
    return inclusionPath(this.#leaves.slice(0, position + 1), index + 1, this.#hash).map(hex);
  }

  /** From leaf `leaf` to the state root that the step began with, hex. */
  statePath(leaf: number): string[] {
    return inclusionPath(this.#stateLeaves, leaf, this.#hash).map(hex);
  }
}

/** Runs a step, slowly. Throws NumericFault. */
export async function traceStep(
  program: StepProgram,
  step: number,
  pages: readonly Uint16Array[],
  hash: Hash,
  onOperation: OnOperation = () => {},
): Promise<StepTrace> {
  const { parameters, moments } = program.trainer;
  const before = stateLeaves(step, parameters, moments, hash);
  const entries: TraceEntry[] = [];
  let reads: Digests = [];
  await program.run(
    step,
    pages,
    (stepIndex, index, operation) => {
      onOperation(stepIndex, index, operation);
      const writes = digestsOf(operation.writes, hash);
      entries.push({ operation: operation.operation, phase: operation.phase, reads, writes });
    },
    (_, operation) => (reads = digestsOf(operation.reads, hash)),
  );
  const state = stateTensors(parameters, moments).map(([role, numbers]) => {
    return { role, numbers, stateName: role };
  });
  entries.push(endEntry(step + 1, digestsOf(state, hash), hash));
  return new StepTrace(step, before, entries, hash);
}

function digestsOf(places: readonly Place[], hash: Hash): Digests {
  return places.map(({ role, numbers, stateName }) => [
    role,
    hex(placeDigest(stateName, numbers, hash)),
  ]);
}

/** @param stateName as of a Place */
export function placeDigest(stateName: string | null, numbers: Numbers, hash: Hash): Uint8Array {
  return leafHash(hash, stateName === null ? '' : stateHead(stateName), bytesIn(numbers));
}
