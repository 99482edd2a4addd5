/**
 * A dispute of two parties over one contribution, from the state roots that they have committed to the
 * entry that is run again: plain JSON, moved on by pairs of answers alone. Each phase asks both parties
 * one question.
 *
 *   steps      state roots, bisected to a step that begins with a shared root and ends with two
 *   ends       the last entry of that step's trace, which binds a trace to its party's root
 *   entries    roots of the trace, bisected to an entry with a shared past
 *   entry      that entry; it must make the roots that were claimed, and be the operation of its place
 *   reads      where they read differently: the proof of what was there
 *   evidence   where they read the same and wrote differently: the tensors, for judge.ts
 *   resolved
 *
 * One of two parties who answers honestly to the end stands, and the other is wrong.
 */
import { invariant } from '../invariant.ts';
import type { Hash } from '../merkle-tree.ts';
import type {
  Answer,
  EntryOpening,
  Question,
  ReadProof,
  StateRootClaim,
  TraceRootClaim,
} from './answers.ts';
import { narrowed, nextPosition } from './bisection.ts';
import { checkEnd, checkOpening, checkRead, rootsOf } from './check-answer.ts';
import { DisputeError } from './dispute-error.ts';
import { STANDS, wrong } from './finding.ts';
import type { Finding, Verdict } from './finding.ts';
import type { StepPlan } from './step-plan.ts';
import { sameDigests, startOfTrace } from './trace-entry.ts';
import type { TraceEntry } from './trace-entry.ts';

export type Pair<T> = readonly [first: T, second: T];

/** Where both have the same digest, and a later place where they have not. */
interface Parting {
  readonly agreed: { readonly at: number; readonly root: string };
  readonly disputed: { readonly at: number; readonly roots: Pair<string> };
}

interface InStep {
  readonly step: number;
  /** State root that the step begins with. */
  readonly stateRoot: string;
}

interface AtEntry extends InStep {
  readonly index: number;
  readonly agreed: string;
  readonly entries: Pair<TraceEntry>;
}

export type Dispute =
  | { readonly phase: 'steps'; readonly parting: Parting }
  | (InStep & { readonly phase: 'ends'; readonly rootsAfter: Pair<string> })
  | (InStep & { readonly phase: 'entries'; readonly parting: Parting })
  | (InStep & { readonly phase: 'entry'; readonly parting: Parting })
  | (AtEntry & { readonly phase: 'reads'; readonly role: string })
  | (AtEntry & { readonly phase: 'evidence' })
  | { readonly phase: 'resolved'; readonly finding: Finding };

/**
 * @param initialRoot state root 0, which follows from the checkpoint
 * @param committed what each has claimed before, by ascending steps; compared where both claim
 * Throws DisputeError `nothing_disputed`.
 */
export function openDispute(
  initialRoot: string,
  [first, second]: Pair<readonly StateRootClaim[]>,
): Dispute {
  const others = new Map(second.map(({ step, root }) => [step, root]));
  let agreed = { at: 0, root: initialRoot };
  for (const { step, root } of first) {
    const other = others.get(step);
    if (other === undefined || step <= agreed.at) continue;
    if (other !== root) return inSteps({ agreed, disputed: { at: step, roots: [root, other] } });
    agreed = { at: step, root };
  }
  throw new DisputeError('nothing_disputed', 'no step at which both claim different roots');
}

/** What both are asked next; null in phases `evidence` and `resolved`. */
export function questionOf(dispute: Dispute, plan: StepPlan): Question | null {
  switch (dispute.phase) {
    case 'steps':
      return { kind: 'state_root', step: middleOf(dispute.parting) };
    case 'ends':
      return { kind: 'entry', step: dispute.step, index: plan.entries.length - 1 };
    case 'entries':
      return { kind: 'trace_root', step: dispute.step, position: middleOf(dispute.parting) };
    case 'entry':
      return { kind: 'entry', step: dispute.step, index: dispute.parting.agreed.at };
    case 'reads': {
      const { step, index, role } = dispute;
      return { kind: 'read', step, index, role };
    }
    case 'evidence':
    case 'resolved':
      return null;
  }
}

/** @param answers to questionOf(dispute), parsed (parseAnswerTo); null: none came, or none of its form */
export function answered(
  plan: StepPlan,
  dispute: Dispute,
  answers: Pair<Answer | null>,
  hash: Hash,
): Dispute {
  const [first, second] = answers;
  if (first === null || second === null)
    return resolved(answers.map((answer) => (answer === null ? NO_ANSWER : null)));
  const both = <T extends Answer>() => [first, second] as unknown as Pair<T>;
  switch (dispute.phase) {
    case 'steps':
      return inSteps(partedBy(dispute.parting, both<StateRootClaim>()));
    case 'ends':
      return afterEnds(plan, dispute, both(), hash);
    case 'entries':
      return inEntries(dispute, partedBy(dispute.parting, both<TraceRootClaim>()));
    case 'entry':
      return afterEntry(plan, dispute, both(), hash);
    case 'reads':
      return afterReads(plan, dispute, both(), hash);
    case 'evidence':
    case 'resolved':
      throw new DisputeError('other_question', `nothing is asked in phase ${dispute.phase}`);
  }
}

const NO_ANSWER = wrong('no_answer', 'it did not answer in the form asked for');

/** @param faults null: none is found */
export function resolved(faults: readonly (Verdict | null)[]): Dispute & { phase: 'resolved' } {
  const [first, second] = faults.map((fault) => fault ?? STANDS);
  return { phase: 'resolved', finding: { first: first!, second: second! } };
}

function middleOf({ agreed, disputed }: Parting): number {
  const position = nextPosition({ agreed: agreed.at, disputed: disputed.at });
  invariant(position !== null, 'a phase ends when there is nothing between');
  return position;
}

function partedBy(
  parting: Parting,
  [{ root }, { root: other }]: Pair<{ readonly root: string }>,
): Parting {
  const { agreed, disputed } = parting;
  const at = middleOf(parting);
  const { agreed: next } = narrowed({ agreed: agreed.at, disputed: disputed.at }, root === other);
  return next === at
    ? { agreed: { at, root }, disputed }
    : { agreed, disputed: { at, roots: [root, other] } };
}

const isNarrow = ({ agreed, disputed }: Parting): boolean => disputed.at - agreed.at === 1;

function inSteps(parting: Parting): Dispute {
  if (!isNarrow(parting)) return { phase: 'steps', parting };
  const { agreed, disputed } = parting;
  return {
    phase: 'ends',
    step: agreed.at,
    stateRoot: agreed.root,
    rootsAfter: disputed.roots,
  };
}

function inEntries({ step, stateRoot }: InStep, parting: Parting): Dispute {
  return { phase: isNarrow(parting) ? 'entry' : 'entries', step, stateRoot, parting };
}

function afterEnds(
  plan: StepPlan,
  { step, stateRoot, rootsAfter }: Dispute & { phase: 'ends' },
  openings: Pair<EntryOpening>,
  hash: Hash,
): Dispute {
  const faults = openings.map((opening, i) => checkEnd(plan, opening, rootsAfter[i]!, hash));
  if (faults.some((fault) => fault !== null)) return resolved(faults);
  const [first, second] = openings.map((opening) => rootsOf(opening, hash)![1]);
  const start = startOfTrace(step, stateRoot, hash);
  return inEntries(
    { step, stateRoot },
    {
      agreed: { at: 0, root: start },
      disputed: { at: plan.entries.length, roots: [first!, second!] },
    },
  );
}

function afterEntry(
  plan: StepPlan,
  { step, stateRoot, parting }: Dispute & { phase: 'entry' },
  openings: Pair<EntryOpening>,
  hash: Hash,
): Dispute {
  const { agreed, disputed } = parting;
  const faults = openings.map((opening, i) =>
    checkOpening(plan, opening, [agreed.root, disputed.roots[i]!], hash),
  );
  if (faults.some((fault) => fault !== null)) return resolved(faults);
  const entries: Pair<TraceEntry> = [openings[0].entry, openings[1].entry];
  const at: AtEntry = { step, stateRoot, index: agreed.at, agreed: agreed.root, entries };
  const [first, second] = entries;
  if (sameDigests(first.reads, second.reads)) return { phase: 'evidence', ...at };
  const [role] = first.reads.find(([, digest], i) => digest !== second.reads[i]![1])!;
  return { phase: 'reads', role, ...at };
}

function afterReads(
  plan: StepPlan,
  { stateRoot, agreed, entries }: Dispute & { phase: 'reads' },
  proofs: Pair<ReadProof>,
  hash: Hash,
): Dispute {
  return resolved(
    proofs.map((proof, i) =>
      checkRead(plan, proof, { stateRoot, agreed, entry: entries[i]! }, hash),
    ),
  );
}
