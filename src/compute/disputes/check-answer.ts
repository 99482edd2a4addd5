/**
 * One party's answer against what it has claimed before and what all know. Null: nothing is wrong
 * with it.
 */
import { hex } from '../hex.ts';
import { peakCount, rootFromPath } from '../merkle-tree.ts';
import type { Hash } from '../merkle-tree.ts';
import type { EntryOpening, ReadProof, SourceProof } from './answers.ts';
import { wrong } from './finding.ts';
import type { Verdict } from './finding.ts';
import type { PlannedEntry, Source, StepPlan } from './step-plan.ts';
import {
  digestOfRole,
  endEntry,
  entryLeaf,
  rootsAround,
  sameDigests,
  unhex,
} from './trace-entry.ts';
import type { TraceEntry } from './trace-entry.ts';

/** The roots that an opening makes; null: it has the peaks of another place. */
export function rootsOf(
  { index, entry, peaks }: EntryOpening,
  hash: Hash,
): readonly [before: string, after: string] | null {
  if (peaks.length !== peakCount(index + 1)) return null;
  return rootsAround(index, entry, peaks.map(unhex), hash);
}

/** The last entry of a trace must end in the state root that its party claimed. */
export function checkEnd(
  plan: StepPlan,
  opening: EntryOpening,
  rootAfter: string,
  hash: Hash,
): Verdict | null {
  if (rootsOf(opening, hash) === null)
    return wrong('contradicts_itself', 'the peaks are not those of the last entry');
  const { entry, step } = opening;
  const misshapen = checkForm(plan.entries.at(-1)!, entry);
  if (misshapen !== null) return misshapen;
  const { writes } = endEntry(step + 1, entry.reads, hash);
  if (sameDigests(writes, entry.writes) && writes[0]![1] === rootAfter) return null;
  return wrong('contradicts_itself', `its trace ends in another state root than it claimed`);
}

/** An entry must make the root that all agree on and the one that its party claimed. */
export function checkOpening(
  plan: StepPlan,
  opening: EntryOpening,
  [agreed, claimed]: readonly [string, string],
  hash: Hash,
): Verdict | null {
  const roots = rootsOf(opening, hash);
  if (roots?.[0] !== agreed || roots[1] !== claimed)
    return wrong('contradicts_itself', `entry ${opening.index} does not make the roots it claimed`);
  return checkForm(plan.entries[opening.index]!, opening.entry);
}

function checkForm(planned: PlannedEntry, entry: TraceEntry): Verdict | null {
  const { operation, phase, reads, writes } = planned;
  const sameRoles = (roles: readonly string[], digests: TraceEntry['reads']): boolean =>
    roles.length === digests.length && roles.every((role, i) => role === digests[i]![0]);
  const isIt =
    operation === entry.operation &&
    phase === entry.phase &&
    sameRoles(
      reads.map(({ role }) => role),
      entry.reads,
    ) &&
    sameRoles(writes, entry.writes);
  return isIt ? null : wrong('form_mismatch', `this place is a ${phase} pass of ${operation}`);
}

/** What a read digest must be proved against. */
export interface ReadContext {
  readonly stateRoot: string;
  /** t(index), which both agree on. */
  readonly agreed: string;
  /** The entry whose read is proved, as its party opened it. */
  readonly entry: TraceEntry;
}

export function checkRead(
  plan: StepPlan,
  { index, role, proof }: ReadProof,
  context: ReadContext,
  hash: Hash,
): Verdict | null {
  const { source } = plan.entries[index]!.reads.find((read) => read.role === role)!;
  const digest = digestOfRole(context.entry.reads, role)!;
  const isProved = proves(plan, source, proof, digest, { ...context, index }, hash);
  return isProved
    ? null
    : wrong('read_unproven', `${role} of entry ${index} is not what was there`);
}

function proves(
  plan: StepPlan,
  source: Source,
  proof: SourceProof,
  digest: string,
  { stateRoot, agreed, index }: ReadContext & { readonly index: number },
  hash: Hash,
): boolean {
  if (source.kind === 'state') {
    if (proof.kind !== 'state') return false;
    const path = proof.path.map(unhex);
    const root = rootFromPath(unhex(digest), source.leaf, plan.stateLeaves, path, hash);
    return root !== null && hex(root) === stateRoot;
  }
  if (proof.kind !== 'entry' || digestOfRole(proof.entry.writes, source.role) !== digest)
    return false;
  const leaf = entryLeaf(source.index, proof.entry, hash);
  const path = proof.path.map(unhex);
  const root = rootFromPath(leaf, source.index + 1, index + 1, path, hash);
  return root !== null && hex(root) === agreed;
}
