/**
 * Staged admission: canary, then limited, then full. Gates are checked when a window that a
 * participant had part in is reconciled; a rejected contribution sets it back at once. Until it is
 * full its credits are part of what the same work earns others.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Books, Member, Policy, WindowBook } from '../../../projections/books.ts';
import type { Stage } from '../../../projections/standing-book.ts';
import {
  assignmentOf,
  must,
  policyOf,
  windowKey,
  windowKeyOf,
} from '../../../projections/books.ts';
import { stageOf } from '../../../projections/standing.ts';
import { earnerOf } from '../../../projections/balances.ts';
import type { Transfer } from '../money/accounts.ts';
import { isConvicted } from '../discipline/ladder.ts';
import { fact } from '../rule.ts';

type Admission = NonNullable<Policy['admission']>;

/** A condition of the next stage: it holds when `has` is `needs` or more. */
export interface Gate {
  readonly gate: 'counted' | 'standing' | 'lease' | 'capability' | 'offences';
  readonly needs: number;
  readonly has: number;
}

export const holds = ({ needs, has }: Gate): boolean => has >= needs;

/**
 * What stands between a participant and the next stage; none once it is full. What it claims to do
 * counts under registry terms, offences that can be proved do under a ladder.
 */
export function gatesOf(
  books: Books,
  member: Member,
  terms: Admission,
  { registry, ladder }: Policy,
): Gate[] {
  const { stage, counted } = stageOf(member);
  if (stage === 'full') return [];
  const inQuarantine = Object.entries(member.quarantine).some(
    ([run, until]) => until > (books.runs[run]?.windowsReconciled ?? 0),
  );
  return [
    { gate: 'counted', needs: neededFrom(stage, terms), has: counted },
    { gate: 'standing', needs: 1, has: inQuarantine ? 0 : 1 },
    { gate: 'lease', needs: 1, has: member.leaseUntilMs === null ? 0 : 1 },
    ...(registry === undefined ? [] : [capabilityGate(books, member)]),
    ...(ladder === undefined
      ? []
      : [
          {
            gate: 'offences' as const,
            needs: 1,
            has: isConvicted(books, member.participant, ladder) ? 0 : 1,
          },
        ]),
  ];
}

/** Whoever claims nothing overstates nothing. */
function capabilityGate(books: Books, { participant }: Member): Gate {
  const isOverstated = books.capabilities?.[participant]?.judgement === 'overstated';
  return { gate: 'capability', needs: 1, has: isOverstated ? 0 : 1 };
}

const neededFrom = (stage: 'canary' | 'limited', terms: Admission): number =>
  stage === 'canary' ? terms.canaryAccepted : terms.limitedAccepted;

/** Of everybody who had part in the window, in ascending order. */
export function moveStages(books: Books, event: EventOf<'daybook.window.reconciled.v1'>): Fact[] {
  const { run, window } = event.data;
  const book = must(books.windows[windowKey(run, window)], 'window');
  const policy = policyOf(books, book);
  const terms = policy.admission;
  if (terms === undefined) return [];
  return partiesOf(book).flatMap((participant) => {
    const member = must(books.members[participant], 'member');
    const { stage: from, counted, windows } = stageOf(member);
    const about = { participant, run, window };
    if (from !== 'full' && gatesOf(books, member, terms, policy).every(holds)) {
      const to = from === 'canary' ? 'limited' : 'full';
      return [fact('daybook.stage.advanced.v1', { ...about, from, to, counted })];
    }
    const isOver = from === 'canary' && windows >= terms.canaryWindows;
    const reason = 'canary_windows_over' as const;
    return isOver ? [fact('daybook.stage.failed.v1', { ...about, from, reason, counted })] : [];
  });
}

function partiesOf({ assignments }: WindowBook): ActorId[] {
  const parties = new Set<ActorId>();
  for (const { participant, challenge } of Object.values(assignments)) {
    parties.add(participant);
    for (const { validator } of challenge?.verdicts ?? []) parties.add(validator);
  }
  return [...parties].sort();
}

export function setBackRejected(
  books: Books,
  event: EventOf<'daybook.challenge.resolved.v1'>,
): Fact[] {
  const { assignment, disposition } = event.data;
  const book = must(books.windows[windowKeyOf(assignment)], 'window');
  if (disposition !== 'rejected' || policyOf(books, book).admission === undefined) return [];
  const { participant } = must(assignmentOf(books, assignment), 'assignment');
  const { stage: from, counted } = stageOf(books.members[participant]);
  const { run, window } = book;
  const reason = 'rejected_contribution' as const;
  return [fact('daybook.stage.failed.v1', { participant, run, window, from, reason, counted })];
}

/** Credits at the part that the stage of who earned them is paid; rounded down. */
export function atStagePay(
  books: Books,
  window: WindowBook,
  transfers: readonly Transfer[],
): Transfer[] {
  const terms = policyOf(books, window).admission;
  if (terms === undefined) return [...transfers];
  return transfers.map((transfer) => {
    const { stage } = stageOf(books.members[earnerOf(transfer.credit)]);
    const bps = BigInt(payBps(stage, terms));
    return { ...transfer, amount: ((BigInt(transfer.amount) * bps) / 10_000n).toString() };
  });
}

/** Part of its credits that a stage is paid. */
export const payBps = (stage: Stage, { canaryPayBps, limitedPayBps }: Admission): number =>
  ({ canary: canaryPayBps, limited: limitedPayBps, full: 10_000 })[stage];
