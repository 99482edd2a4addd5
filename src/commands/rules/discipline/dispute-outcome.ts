/**
 * What a resolved dispute moves: the bond goes back or to the penalties; where the claimant was right,
 * what its rejection took is given back, what it earned is credited, its quarantine ends, and those
 * who agreed to reject it pay as it had. Weights stay as they are: the delta that was counted counts.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { Assignment, Books, WindowBook } from '../../../projections/books.ts';
import {
  assignmentOf,
  currentAssignments,
  must,
  policyOf,
  windowKey,
  windowKeyOf,
} from '../../../projections/books.ts';
import { balanceOf } from '../../../projections/balances.ts';
import type { Transfer } from '../money/accounts.ts';
import { DISPUTES, earnedBy, escrowOf, FORFEITED, journals, PENALTIES } from '../money/accounts.ts';
import { agreeingOn } from './dispute-parties.ts';
import { faceNext, caseOf } from './disputes.ts';
import { noteFrivolous, punishOverturned } from './offences.ts';
import { workCredit } from '../money/rewards.ts';
import { fact } from '../rule.ts';
import { vestingGivenBack } from '../money/vesting.ts';
import { awaitsScores } from '../money/scored-credits.ts';

/** What a transfer can name. */
const BECAUSE_MAX = 128;

export function beginDispute(books: Books, event: EventOf<'daybook.dispute.opened.v1'>): Fact[] {
  const about = caseOf(books, event.data.assignment);
  const { assignment, claimant, bond } = about.dispute;
  return [
    ...journals(`bond/${assignment}`, [
      transfer(`bond/${assignment}`, escrowOf(claimant), DISPUTES, bond, 'dispute_bond', [
        event.sequence,
      ]),
    ]),
    ...faceNext(books, about, 'opened'),
  ];
}

export function settleDispute(
  books: Books,
  event: EventOf<'daybook.dispute.resolved.v1'>,
  nowMs: number,
): Fact[] {
  const { assignment: id, outcome, bond, findings } = event.data;
  const held = must(assignmentOf(books, id), id);
  const because = [event.sequence, ...findings].slice(0, BECAUSE_MAX);
  const into = outcome === 'claimant_wrong' ? PENALTIES : escrowOf(held.participant);
  const back = transfer(`bond-closed/${id}`, DISPUTES, into, bond, outcome, because);
  if (outcome !== 'claimant_right')
    return [
      ...journals(`dispute/${id}`, [back]),
      ...(outcome === 'claimant_wrong' ? noteFrivolous(books, event, nowMs) : []),
    ];
  const window = must(books.windows[windowKeyOf(id)], 'window');
  if (policyOf(books, window).ladder !== undefined)
    return [
      ...journals(`dispute/${id}`, [back, ...givenBack(books, window, held, because)]),
      ...punishOverturned(books, event, nowMs),
    ];
  return [
    ...journals(`dispute/${id}`, [
      back,
      ...givenBack(books, window, held, because),
      ...paidByAgreeing(books, held, because),
    ]),
    ...reinstated(books, window, held, because),
  ];
}

const transfer = (
  id: string,
  debit: string,
  credit: string,
  amount: string,
  reason: string,
  because: number[],
  unit: Transfer['unit'] = 'micro',
): Transfer => ({ id, unit, debit, credit, amount, reason, because });

/** The penalty always; credits while the period they belong to is open. */
function givenBack(
  books: Books,
  window: WindowBook,
  held: Assignment,
  because: number[],
): Transfer[] {
  const { assignment: id, participant, rejected } = held;
  const taken = rejected?.taken ?? {};
  const penalty = taken[`penalty/${id}`] ?? '0';
  const refund = transfer(
    `refund/${id}`,
    PENALTIES,
    escrowOf(participant),
    penalty,
    'overturned_rejection',
    because,
  );
  const vesting = vestingGivenBack(books, held, because);
  if (!periodIsOpen(books, window)) return [refund, ...vesting];
  const earned = earnedBy(window.run, participant);
  const restored = (['work', 'audit'] as const).map((unit) =>
    transfer(
      `restore/${unit}/${id}`,
      FORFEITED,
      earned,
      taken[`forfeit/${unit}/${id}`] ?? '0',
      'overturned_rejection',
      because,
      unit,
    ),
  );
  return [refund, ...vesting, ...restored, ...creditedLate(books, window, participant)];
}

/** All that its author did in the window earned nothing; a window that is still open credits it later. */
function creditedLate(books: Books, window: WindowBook, participant: string): Transfer[] {
  if (window.state !== 'reconciled' || awaitsScores(books, window)) return [];
  const held = currentAssignments(window).filter((one) => one.participant === participant);
  return held.some(isStanding) ? [] : held.flatMap((one) => workCredit(window.run, one));
}

const isStanding = ({ disposition, dispute }: Assignment): boolean =>
  disposition === 'rejected' && dispute !== 'claimant_right';

function periodIsOpen(books: Books, { run, window }: WindowBook): boolean {
  const period = books.runs[run]?.openPeriod ?? null;
  if (period === null) return false;
  return must(books.rewards.periods[windowKey(run, period)], 'period').fromWindow <= window;
}

function paidByAgreeing(books: Books, held: Assignment, because: number[]): Transfer[] {
  const penalty = BigInt(must(books.policy, 'policy').fraud.penalty);
  return agreeingOn(held).map((validator) => {
    const escrow = balanceOf(books, 'micro', escrowOf(validator));
    return transfer(
      `dispute-penalty/${held.assignment}/${validator}`,
      escrowOf(validator),
      PENALTIES,
      (penalty < escrow ? penalty : escrow).toString(),
      'wrong_verdict',
      because,
    );
  });
}

/** Unless something else that stands was rejected in the same run. */
function reinstated(
  books: Books,
  { run }: WindowBook,
  { participant }: Assignment,
  because: number[],
): Fact[] {
  if (books.members[participant]?.quarantine[run] === undefined) return [];
  const others = Object.values(books.windows)
    .filter((window) => window.run === run)
    .flatMap((window) => Object.values(window.assignments))
    .some((other) => other.participant === participant && isStanding(other));
  return others ? [] : [fact('daybook.participant.reinstated.v1', { participant, run, because })];
}
