/** Periods that close in parts: who is paid what, when it vests, what a penalty reaches; and limits. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balanceOf } from '../../../projections/balances.ts';
import type { Books, Policy } from '../../../projections/books.ts';
import { assignmentOf, must } from '../../../projections/books.ts';
import type { Cast } from '../../../testing/cast.ts';
import { RUN, shortTypes } from '../../../testing/cast.ts';
import {
  cheatedWindow,
  settleWindow,
  TURN_MS,
  vestingCast,
  vestingTerms,
} from '../../../testing/stories/money.ts';
import { seedPolicy } from '../../seed-policy.ts';
import type { Weight } from '../../shares.ts';
import { divisionOf, largestRemainder, shareOf } from '../../shares.ts';
import { escrowOf, poolOf, PENALTIES, vestingOf, walletOf } from './accounts.ts';
import { cumulativePayouts, cumulativeRoot } from './settlement.ts';
import { takeFrom, unvestedOf, vestingGivenBack } from './vesting.ts';

const money = (books: Books, account: string): bigint => balanceOf(books, 'micro', account);
const wallets = ({ desk: { books } }: Cast): bigint =>
  Object.keys(books.members).reduce((sum, actor) => sum + money(books, walletOf(actor)), 0n);
const unvested = ({ desk: { books } }: Cast): bigint =>
  Object.keys(books.members).reduce((sum, actor) => sum + unvestedOf(books, actor), 0n);

/** No money is made or lost, and nobody but the issuer owes any. */
function expectSound({ desk: { books } }: Cast): void {
  let sum = 0n;
  for (const [name, { debits, credits }] of Object.entries(books.rewards.balances)) {
    const balance = BigInt(credits) - BigInt(debits);
    if (!name.startsWith('micro:')) continue;
    sum += balance;
    if (name !== 'micro:issuer') expect([name, balance >= 0n]).toEqual([name, true]);
  }
  expect(sum).toBe(0n);
}

describe('a period under vesting terms', () => {
  it('closes in one tick when one part holds all its payouts', () => {
    const cast = vestingCast(2);
    settleWindow(cast);
    expect(
      shortTypes(cast.desk.events).filter((type) => /period|payout|settle/.test(type)),
    ).toEqual([
      'period.opened',
      'period.closing',
      'payout.listed',
      'period.closed',
      'settlement.published.v2',
      'period.opened',
    ]);
    expect([wallets(cast), unvested(cast)]).toEqual([0n, 1_000_000_000n]);
  });

  it('pays what vests two periods later, and publishes the root of all that is claimable', () => {
    const cast = vestingCast(4);
    for (let window = 0; window < 3; window += 1) settleWindow(cast);
    expect([wallets(cast), unvested(cast)]).toEqual([1_000_000_000n, 2_000_000_000n]);
    const leaves = cumulativePayouts(cast.desk.books);
    const settled = must(cast.desk.books.rewards.periods[`${RUN}/2`], 'period');
    expect(settled.settlementRoot).toBe(cumulativeRoot(leaves));
    expectSound(cast);
  });

  it('vests what is left with time when the run has ended, the oldest first', () => {
    const cast = vestingCast(3);
    for (let window = 0; window < 3; window += 1) settleWindow(cast);
    expect(cast.desk.books.runs[RUN]?.state).toBe('completed');
    cast.desk.pass(TURN_MS - 1);
    expect(unvested(cast)).toBe(2_000_000_000n);
    cast.desk.pass(1);
    expect(unvested(cast)).toBe(1_000_000_000n);
    cast.desk.pass(TURN_MS);
    expect([unvested(cast), wallets(cast)]).toEqual([0n, 3_000_000_000n]);
    expect(cast.desk.books.rings?.[RUN]).toBeUndefined();
    expectSound(cast);
  });

  it('keeps its ring when the terms change or go', () => {
    const cast = vestingCast(3);
    settleWindow(cast);
    cast.desk.adopt({ ...vestingTerms, revision: 2, vesting: { periods: 5, turnMs: 1 } });
    settleWindow(cast);
    cast.desk.must(cast.desk.operator, 'daybook.policy.adopted.v1', { ...seedPolicy, revision: 3 });
    settleWindow(cast);
    expect(cast.desk.books.rings?.[RUN]?.size).toBe(2);
    expect([wallets(cast), unvested(cast)]).toEqual([1_000_000_000n, 2_000_000_000n]);
  });
});

describe('a penalty', () => {
  it('reaches what has not vested once the escrow is empty', () => {
    const cast = vestingCast(4);
    for (let window = 0; window < 2; window += 1) settleWindow(cast);
    const before = unvested(cast);
    const { cheat } = cheatedWindow(cast);
    const { books } = cast.desk;
    expect(money(books, escrowOf(cheat))).toBe(0n);
    expect(money(books, PENALTIES)).toBe(200_000_000n);
    // Of the older period, 1,000 came from the escrow; the close of the third paid the others.
    expect(before + 1_000_000_000n - 200_000_000n + 1000n - wallets(cast)).toBe(unvested(cast));
    expectSound(cast);
  });

  it('takes the newest payouts first and never what is claimable', () => {
    const cast = vestingCast(4);
    for (let window = 0; window < 3; window += 1) settleWindow(cast);
    const { books } = cast.desk;
    const rich = must(
      Object.keys(books.members).find((actor) => unvestedOf(books, actor) > 400_000_000n),
      'somebody paid twice',
    );
    const about = { id: 'slash/x', into: PENALTIES, reason: 'slashed', because: [1] };
    const all = takeFrom(books, rich, 10n ** 30n, about);
    expect(all.map(({ id }) => id)).toEqual([
      'slash/x',
      `slash/x/vested/${RUN}/2`,
      `slash/x/vested/${RUN}/1`,
    ]);
    expect(all.reduce((sum, { amount }) => sum + BigInt(amount), 0n)).toBe(
      1000n + unvestedOf(books, rich),
    );
    const some = takeFrom(books, rich, 1001n, about);
    expect(some.map(({ amount }) => amount)).toEqual(['1000', '1']);
  });
});

describe('a penalty that is overturned', () => {
  it('goes back to where it waited, or is claimable if that has vested by then', () => {
    const cast = vestingCast(6);
    for (let window = 0; window < 2; window += 1) settleWindow(cast);
    const { assignment, cheat } = cheatedWindow(cast);
    const { books } = cast.desk;
    const held = must(assignmentOf(books, assignment), assignment);
    const { taken } = must(held.rejected, 'rejection');
    expect(Object.keys(taken)).toContain(`penalty/${assignment}/vested/${RUN}/1`);
    const [back] = vestingGivenBack(books, held, [1]);
    expect(back).toMatchObject({ debit: PENALTIES, credit: vestingOf(RUN, cheat, 1) });
    expect(back?.amount).toBe(taken[`penalty/${assignment}/vested/${RUN}/1`]);
    for (let window = 0; window < 2; window += 1) settleWindow(cast);
    const [later] = vestingGivenBack(cast.desk.books, held, [1]);
    expect(later).toMatchObject({ debit: PENALTIES, credit: walletOf(cheat) });
  });
});

describe('a claim', () => {
  it('cannot be made twice', () => {
    const cast = vestingCast(4);
    for (let window = 0; window < 3; window += 1) settleWindow(cast);
    const key = must(
      cast.workers.find(({ actor }) => money(cast.desk.books, walletOf(actor)) > 0n),
      'who can claim',
    );
    const amount = money(cast.desk.books, walletOf(key.actor)).toString();
    const data = { participant: key.actor, amount, destination: 'invoice 1' };
    const root = cumulativeRoot(cumulativePayouts(cast.desk.books));
    cast.desk.must(key, 'daybook.payout.claimed.v1', data);
    expect(cast.desk.say(key, 'daybook.payout.claimed.v1', data)).toMatchObject({
      code: 'claim_exceeds_payouts',
    });
    expect(cumulativeRoot(cumulativePayouts(cast.desk.books))).toBe(root);
  });

  it('is for oneself', () => {
    const cast = vestingCast(2);
    settleWindow(cast);
    const [one, other] = cast.workers as [Cast['workers'][number], Cast['workers'][number]];
    const data = { participant: other.actor, amount: '1', destination: 'mine' };
    expect(cast.desk.say(one, 'daybook.payout.claimed.v1', data)).toMatchObject({
      code: 'not_authorised',
    });
  });
});

describe('limits', () => {
  const closedUnder = (rewards: Partial<Policy['rewards']>, workers = 3): Cast => {
    const terms = { rewards: { ...must(vestingTerms.rewards, 'rewards'), ...rewards } };
    const cast = vestingCast(3, terms, workers);
    for (let window = 0; window < 3; window += 1) settleWindow(cast);
    cast.desk.pass(3 * TURN_MS);
    expectSound(cast);
    return cast;
  };

  it('no stake: nothing to lose, and everything else as ever', () => {
    expect(wallets(closedUnder({ stake: '0' }))).toBe(3_000_000_000n);
  });

  it('no pool: periods close and publish the root of nothing', () => {
    const cast = closedUnder({ pool: '0' });
    expect(wallets(cast)).toBe(0n);
    const period = must(cast.desk.books.rewards.periods[`${RUN}/0`], 'period');
    expect(period).toMatchObject({ state: 'settled', paid: '0', remainder: '0' });
    expect(period.settlementRoot).toBe(cumulativeRoot([]));
  });

  it('one participant of a kind: the whole share is its own', () => {
    const cast = vestingCast(2, {}, 1, { slots: 1, minWorkers: 1 });
    settleWindow(cast);
    const [worker] = cast.workers;
    expect(unvestedOf(cast.desk.books, worker?.actor ?? '')).toBe(800_000_000n);
    expectSound(cast);
  });

  it('a pool of one unit goes to one, by id where all are equal', () => {
    const cast = closedUnder({ pool: '1', workShareBps: 10_000 });
    expect(wallets(cast)).toBe(3n);
  });

  it('all that a wire amount holds, three times over: sums are longer than amounts, and exact', () => {
    const pool = '9'.repeat(38);
    const cast = closedUnder({ pool, stake: pool });
    expect(wallets(cast)).toBe(3n * BigInt(pool));
    const published = cast.desk.events.findLast(
      (event) => event.type === 'daybook.settlement.published.v2',
    );
    expect(published?.data).toMatchObject({ total: (3n * BigInt(pool)).toString() });
  });

  it('beyond 2^63 and 2^64: a division is exact', () => {
    for (const pool of [2n ** 63n - 1n, 2n ** 63n, 2n ** 64n + 1n, 10n ** 38n - 1n]) {
      const weights = [2n ** 63n, 2n ** 63n, 1n].map((weight, at) => ({ id: `p${at}`, weight }));
      const shares = largestRemainder(pool, weights);
      expect([...shares.values()].reduce((sum, share) => sum + share, 0n)).toBe(pool);
    }
  });

  it('all rejected: the work share stays in the pool', () => {
    const cast = vestingCast(2, {}, 2);
    for (const slot of cast.slots) cast.train(slot, `altered ${slot}`);
    cast.reveal();
    cast.judge();
    cast.desk.pass(1);
    const period = must(cast.desk.books.rewards.periods[`${RUN}/0`], 'period');
    const { paid, remainder, pool } = period;
    expect(BigInt(remainder)).toBeGreaterThanOrEqual(800_000_000n);
    expect(BigInt(paid) + BigInt(remainder)).toBe(BigInt(pool));
    expect(money(cast.desk.books, poolOf(RUN, 0))).toBe(BigInt(remainder));
    expectSound(cast);
  });
});

it('a share follows from the division alone, as largest remainders give it', () => {
  const weights: fc.Arbitrary<Weight[]> = fc.uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[A-Z]{1,3}$/),
      // Few values: most weights are ties.
      weight: fc.oneof(fc.bigInt({ min: 0n, max: 3n }), fc.bigInt({ min: 0n, max: 2n ** 70n })),
    }),
    { selector: ({ id }) => id, maxLength: 16 },
  );
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 126n }), weights, (pool, all) => {
      const division = divisionOf(pool, all);
      const given = all.reduce((sum, one) => sum + shareOf(division, one), 0n);
      expect(given).toBe(all.some(({ weight }) => weight > 0n) ? pool : 0n);
      const ranked = all
        .filter(({ weight }) => weight > 0n)
        .map(({ id, weight }) => ({
          id,
          rest: (pool * weight) % division.weights,
          more: shareOf(division, { id, weight }) - (pool * weight) / division.weights,
        }))
        .sort((a, b) => (a.rest === b.rest ? (a.id < b.id ? -1 : 1) : a.rest > b.rest ? -1 : 1));
      // The order of Hamilton's method: nobody gets a unit after somebody who does not.
      expect(ranked.map(({ more }) => more)).toEqual(
        ranked.map(({ more }) => more).sort((a, b) => Number(b - a)),
      );
    }),
  );
});
