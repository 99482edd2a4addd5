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

export interface Cheated {
  readonly assignment: string;
  readonly cheat: string;
}

/** A window in which somebody alters its delta: where there is one, somebody the last period paid. */
export function cheatedWindow(cast: Cast): Cheated {
  const { runs, rewards } = cast.desk.books;
  const last = (runs[RUN]?.openPeriod ?? 0) - 1;
  const wasPaid = (slot: string): boolean =>
    rewards.transfers[`payout/${RUN}/${last}/${cast.assignment(slot).participant}`] !== undefined;
  const assignment = must(cast.slots.find(wasPaid) ?? cast.slots[0], 'slot');
  const cheat = cast.assignment(assignment).participant;
  for (const slot of cast.slots)
    cast.train(slot, slot === assignment ? 'an altered delta' : undefined);
  cast.reveal();
  cast.judge();
  const before = lossOf(cast);
  cast.aggregate(before, before - 100_000);
  cast.desk.tick();
  return { assignment, cheat };
}

/** What a transfer moved, and the sequence of the journal that posted it. */
export function posted({ events }: Desk, transfer: string): { sequence: number; amount: string } {
  for (const event of events) {
    if (event.type !== 'daybook.journal.posted.v1') continue;
    const found = event.data.transfers.find(({ id }) => id === transfer);
    if (found !== undefined) return { sequence: event.sequence, amount: found.amount };
  }
  throw new Error(`no transfer ${transfer}`);
}

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
    original: { transfer, ...posted(desk, transfer) },
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
