/**
 * What becomes of a payout: it waits in its run's ring, a penalty or a correction takes from it, it
 * vests, it is claimed. Every step with the entry that made it.
 */
import { walletOf, vestingOf, withdrawnBy } from '../../commands/rules/money/accounts.ts';
import { balanceOf } from '../../projections/balances.ts';
import type { Evidence, Posting } from './chronicle.ts';
import type { Party } from './party.ts';

/** Amounts are decimal strings of micro-units. */
export interface CourseStep {
  readonly sequence: number;
  readonly amount: string;
  readonly reason: string;
  readonly transfer: string;
  readonly because: readonly number[];
}

export interface VestingView {
  /** Periods that it waits. */
  readonly periods: number;
  /** The period whose close makes it claimable, unless the run ends before: then time does. */
  readonly atClose: number;
  /** From what was waiting, and what was given back to it. */
  readonly taken: readonly CourseStep[];
  readonly givenBack: readonly CourseStep[];
  /** Null: not yet, or nothing was left. */
  readonly vested: CourseStep | null;
}

export interface CorrectionView extends CourseStep {
  readonly correction: string;
  readonly effect: 'give' | 'take';
  /** The transfer that was wrong, and the entry that posted it. */
  readonly original: string;
  readonly originalSequence: number;
}

export interface PayoutCourse {
  /** Null: it was claimable at once. */
  readonly vesting: VestingView | null;
  /** Of this period's transfers, and of those corrections. */
  readonly corrections: readonly CorrectionView[];
  /** Of all periods and runs. */
  readonly claims: readonly (CourseStep & { readonly destination: string })[];
  readonly claimed: string;
  readonly claimable: string;
}

export function courseOf(
  evidence: Evidence,
  who: Party,
  run: string,
  period: number,
): PayoutCourse {
  const { books } = evidence;
  return {
    vesting: vestingView(evidence, who, run, period),
    corrections: correctionsOf(evidence, who, run, period),
    claims: claimsOf(evidence, who),
    claimed: balanceOf(books, 'micro', withdrawnBy(who.participant)).toString(),
    claimable: balanceOf(books, 'micro', walletOf(who.participant)).toString(),
  };
}

const stepOf = ({ sequence, amount, reason, id, because }: Posting): CourseStep => ({
  sequence,
  amount,
  reason,
  transfer: id,
  because,
});

function vestingView(
  { chronicle }: Evidence,
  { participant }: Party,
  run: string,
  period: number,
): VestingView | null {
  const subject = `run/${run}/period/${period}`;
  const closing = chronicle.last(subject, 'daybook.period.closing.v1');
  const periods = closing?.data.vesting ?? 0;
  if (closing === null || periods === 0) return null;
  const account = vestingOf(run, participant, period % periods);
  const postings = chronicle.postings('micro', account);
  const vested = postings.find(
    ({ id }) =>
      id === `vested/${run}/${period + periods}/${participant}` ||
      id === `released/${run}/${period}/${participant}`,
  );
  // Offences name the account alone: what it held between these two is of this period.
  const isWhileHeld = ({ id, sequence }: Posting): boolean =>
    /^(slash|returned)\//.test(id) &&
    sequence > closing.sequence &&
    sequence < (vested?.sequence ?? Infinity);
  const ofPeriod = postings.filter(
    (posting) => posting.id.endsWith(`/vested/${run}/${period}`) || isWhileHeld(posting),
  );
  return {
    periods,
    atClose: period + periods,
    taken: ofPeriod.filter(({ debit }) => debit === account).map(stepOf),
    givenBack: ofPeriod.filter(({ credit }) => credit === account).map(stepOf),
    vested: vested === undefined ? null : stepOf(vested),
  };
}

/** Each correction has one step a transfer: what it took from several periods is several. */
function correctionsOf(
  { chronicle }: Evidence,
  { participant }: Party,
  run: string,
  period: number,
): CorrectionView[] {
  const own = chronicle.all(`participant/${participant}`, 'daybook.correction.posted.v1');
  const linked = new Set([
    `payout/${run}/${period}/${participant}`,
    `vested/${run}/${period}/${participant}`,
    `released/${run}/${period}/${participant}`,
  ]);
  return own.flatMap(({ sequence, data }) => {
    if (!linked.has(data.original.transfer)) return [];
    linked.add(`correction/${data.correction}`);
    const { correction, effect, original } = data;
    const because = [original.sequence, sequence];
    const transfer = `correction/${correction}`;
    const { amount, reason } = data;
    return [
      {
        sequence,
        amount,
        reason,
        transfer,
        because,
        correction,
        effect,
        original: original.transfer,
        originalSequence: original.sequence,
      },
    ];
  });
}

function claimsOf({ chronicle }: Evidence, { participant }: Party): PayoutCourse['claims'] {
  const subject = `participant/${participant}`;
  return chronicle.all(subject, 'daybook.payout.claimed.v1').map(({ sequence, data }) => ({
    sequence,
    amount: data.amount,
    reason: 'claimed',
    transfer: `claim/${participant}/${sequence}`,
    because: [sequence],
    destination: data.destination,
  }));
}
