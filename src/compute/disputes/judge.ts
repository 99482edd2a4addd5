/**
 * The end of a dispute in which both read the same and wrote something else: the operation runs alone
 * on what was read. It needs the tensors of one operation, not the model's state, and believes neither
 * party: a file must have the digests of the entry.
 */
import type { Backend } from '../backend.ts';
import { hex } from '../hex.ts';
import { invariant } from '../invariant.ts';
import type { Hash } from '../merkle-tree.ts';
import type { Dispute, Pair } from './dispute.ts';
import { resolved } from './dispute.ts';
import { DisputeError } from './dispute-error.ts';
import { readEvidence } from './evidence-file.ts';
import { wrong } from './finding.ts';
import type { Finding, Verdict } from './finding.ts';
import { placeDigest } from './step-trace.ts';
import type { Contents, StepOperation } from './step-operation.ts';
import type { StepProgram } from './step-program.ts';
import { digestOfRole, sameDigests } from './trace-entry.ts';
import type { Digests, TraceEntry } from './trace-entry.ts';

/** The file of a party's evidence; null: it was asked and none came. */
export type Shown = Uint8Array | null | 'not_asked';

export type Evidence = Dispute & { readonly phase: 'evidence' };

/**
 * @param program with the pages of the step loaded (`begin`); none of its numbers are read
 * @param files what each party shows. One right file is enough; without any, who was asked is wrong
 */
export async function judgeEntry(
  program: StepProgram,
  { index, entries }: Evidence,
  files: Pair<Shown>,
  backend: Backend,
  hash: Hash,
): Promise<Finding> {
  const operation = program.operations[index];
  // Two end entries that read the same write the same, and so are one.
  invariant(operation !== undefined, 'an entry that computes');
  const faults = files.map((file): Verdict | null =>
    file === null ? wrong('no_answer', 'it showed no tensors') : null,
  );
  for (const [party, file] of files.entries()) {
    if (file === null || file === 'not_asked') continue;
    const shown = contentsOf(operation, entries[0], file, hash);
    if ('kind' in shown) {
      faults[party] = shown;
      continue;
    }
    const right = await digestsAlone(operation, shown.contents, backend, hash);
    return resolved(
      entries.map(({ writes }, i) =>
        sameDigests(writes, right)
          ? (faults[i] ?? null)
          : wrong('result_wrong', `${operation.operation} gives something else`),
      ),
    ).finding;
  }
  return resolved(faults).finding;
}

function contentsOf(
  operation: StepOperation,
  { reads }: TraceEntry,
  file: Uint8Array,
  hash: Hash,
): Verdict | { readonly contents: Contents } {
  let contents: Contents;
  try {
    contents = readEvidence(operation.reads, file);
  } catch (error) {
    if (error instanceof DisputeError) return wrong('evidence_wrong', error.message);
    throw error;
  }
  const other = operation.reads.find(({ role, stateName }) => {
    const digest = hex(placeDigest(stateName, contents.get(role)!, hash));
    return digest !== digestOfRole(reads, role);
  });
  return other === undefined
    ? { contents }
    : wrong('evidence_wrong', `${other.role} has another digest`);
}

async function digestsAlone(
  operation: StepOperation,
  read: Contents,
  backend: Backend,
  hash: Hash,
): Promise<Digests> {
  const written = await operation.alone(read, backend);
  return operation.writes.map(({ role, stateName }) => [
    role,
    hex(placeDigest(stateName, written.get(role)!, hash)),
  ]);
}
