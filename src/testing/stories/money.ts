/**
 * Money on its way: periods that close into a ring, a cheat whose penalty reaches what has not vested,
 * claims, an address, a payout that was wrong and a correction that was, and a run that ends: time
 * turns what is left of its ring.
 */
import { seedDisputePolicy, seedPolicy } from '../../commands/seed-policy.ts';
import type { Policy, RunPlan } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { Cast, RUN } from '../cast.ts';
import { Desk } from '../desk.ts';

export const TURN_MS = 60_000;

/** A window a period, two periods until it vests, and a penalty that no stake covers. */
export const vestingTerms: Partial<Policy> = {
  rewards: { ...seedPolicy.rewards, periodWindows: 1, stake: '1000' },
  fraud: { ...seedPolicy.fraud, penalty: '200000000' },
  dispute: seedDisputePolicy,
  vesting: { periods: 2, turnMs: TURN_MS },
};

export function vestingCast(
  windows = 5,
  terms: Partial<Policy> = {},
  workers = 3,
  plan: Partial<RunPlan> = {},
): Cast {
  const cast = new Cast(new Desk().open({ ...vestingTerms, ...terms }), workers, 3);
  cast.desk.plan({ windows, ...plan });
  for (const key of cast.everybody) cast.desk.join(key);
  cast.desk.tick();
  return cast;
}

/** A window of honest work, and the close of its period. */
export function settleWindow(cast: Cast): void {
  const before = lossOf(cast);
  cast.play(before, before - 100_000);
  cast.desk.tick();
}

const lossOf = ({ desk }: Cast): number =>
  desk.books.runs[RUN]?.revisions.at(-1)?.heldOutLossMicroNats ?? 4_000_000;

/** A window in which the holder of the first slot alters its delta; whose it was. */
export function cheatedWindow(cast: Cast): string {
  const [first, ...others] = cast.slots as [string, ...string[]];
  const cheat = cast.assignment(first).participant;
  cast.train(first, 'an altered delta');
  for (const slot of others) cast.train(slot);
  cast.reveal();
  cast.judge();
  const before = lossOf(cast);
  cast.aggregate(before, before - 100_000);
  cast.desk.tick();
  return cheat;
}

/** The sequence of the journal that posted a transfer. */
export const postedBy = ({ books }: Desk, transfer: string): number =>
  must(books.rewards.transfers[transfer], transfer);

export function moneyStory(): Desk {
  const cast = vestingCast();
  const { desk } = cast;
  for (let window = 0; window < 3; window += 1) settleWindow(cast);
  const [claimant] = cast.validators as [Cast['validators'][number]];
  const participant = claimant.actor;
  desk.must(claimant, 'daybook.payout.addressed.v1', {
    participant,
    address: `0x${'ab'.repeat(20)}`,
  });
  desk.must(claimant, 'daybook.payout.claimed.v1', {
    participant,
    amount: '1000',
    destination: 'invoice 7',
  });
  const transfer = `payout/${RUN}/2/${participant}`;
  desk.must(desk.operator, 'daybook.correction.posted.v1', {
    correction: 'overpaid',
    original: { transfer, sequence: postedBy(desk, transfer), amount: '100000000' },
    participant,
    effect: 'take',
    amount: '5000',
    reason: 'counted_twice',
  });
  desk.must(desk.operator, 'daybook.correction.posted.v1', {
    correction: 'overpaid-undone',
    original: {
      transfer: 'correction/overpaid',
      sequence: must(desk.books.corrections?.['overpaid'], 'correction').sequence,
      amount: '5000',
    },
    participant,
    effect: 'give',
    amount: '5000',
    reason: 'it_was_right',
  });
  cheatedWindow(cast);
  settleWindow(cast);
  desk.pass(3 * TURN_MS);
  return desk;
}
