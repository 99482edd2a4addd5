/** What a slashing reaches - escrow, also on its way out, and unvested payouts - and how it comes back. */
import { describe, expect, it } from 'vitest';
import { explainOffences } from '../../../roles/explain/offence.ts';
import { money as units } from '../../../roles/figures.ts';
import { Chronicle } from '../../../roles/explain/chronicle.ts';
import { balanceOf } from '../../../projections/balances.ts';
import { must } from '../../../projections/books.ts';
import type { Cast } from '../../../testing/cast.ts';
import { RUN } from '../../../testing/cast.ts';
import { fileAppeal, LADDER, offencesOf, voteAll } from '../../../testing/offence-case.ts';
import { RegistryCast, STAKE } from '../../../testing/registry-cast.ts';
import { settleWindow, TURN_MS } from '../../../testing/stories/money.ts';
import { slashedCase, slashingCast } from '../../../testing/stories/slashing.ts';
import { escrowOf, PENALTIES, SLASHED, vestingOf, walletOf } from '../money/accounts.ts';
import { atStake, backTo, unvestedOf } from '../money/vesting.ts';

const money = ({ desk }: Cast, account: string): bigint => balanceOf(desk.books, 'micro', account);
const partOf = (amount: bigint): bigint => (amount * BigInt(LADDER.slashBps)) / 10_000n;
/** With what it had not been slashed of before: the payout of period 0. */
function paidCheat() {
  const found = slashedCase();
  const [slashed] = found.cast.desk.books.offences?.[found.cheat] ?? [];
  const account = vestingOf(RUN, found.cheat, 0);
  const taken = slashed?.taken.find((one) => one.account === account)?.amount ?? '0';
  return { ...found, payout: money(found.cast, account) + BigInt(taken) };
}
const all = ({ desk }: Cast): bigint =>
  Object.entries(desk.books.rewards.balances)
    .filter(([name]) => name.startsWith('micro:'))
    .reduce((sum, [, { debits, credits }]) => sum + BigInt(credits) - BigInt(debits), 0n);

describe('a slashing', () => {
  it('takes its part of the escrow and of unvested payouts, and leaves a bond to appeal with', () => {
    const { cast, cheat, assignment, payout } = paidCheat();
    const [offence] = offencesOf(cast.desk, cast.keyOf(cheat));
    expect(offence).toMatchObject({ offence: `work/${assignment}`, rung: 'slashed' });
    expect(offence?.taken.filter(({ unit }) => unit === 'micro')).toEqual([
      { unit: 'micro', account: escrowOf(cheat), amount: partOf(1000n).toString() },
      { unit: 'micro', account: vestingOf(RUN, cheat, 0), amount: partOf(payout).toString() },
    ]);
    expect(money(cast, escrowOf(cheat))).toBe(1000n - partOf(1000n));
    expect([money(cast, SLASHED), all(cast)]).toEqual([partOf(1000n) + partOf(payout), 0n]);
  });

  it('reaches the escrow first, then the newest payouts', () => {
    const cast = slashingCast();
    settleWindow(cast);
    settleWindow(cast);
    const { actor } = must(
      cast.everybody.find(({ actor: one }) =>
        [0, 1].every((bucket) => money(cast, vestingOf(RUN, one, bucket)) > 0n),
      ),
      'paid twice',
    );
    const parts = atStake(cast.desk.books, actor);
    expect(parts.map(({ account }) => account)).toEqual([
      escrowOf(actor),
      vestingOf(RUN, actor, 1),
      vestingOf(RUN, actor, 0),
    ]);
    expect(parts.reduce((sum, { amount }) => sum + amount, 0n)).toBe(
      1000n + unvestedOf(cast.desk.books, actor),
    );
    expect(atStake(cast.desk.books, 'nobody')).toEqual([{ account: 'escrow/nobody', amount: 0n }]);
  });

  it('goes to the penalties when it can be appealed no longer, and explain follows it', () => {
    const { cast, cheat } = slashedCase();
    const held = money(cast, SLASHED);
    settleWindow(cast);
    cast.desk.pass(TURN_MS);
    expect([money(cast, SLASHED), money(cast, PENALTIES), all(cast)]).toEqual([0n, held, 0n]);
    const chronicle = new Chronicle();
    for (const event of cast.desk.events) chronicle.observe(event);
    const told = explainOffences({ books: cast.desk.books, roots: new Map(), chronicle }, cheat);
    const details = told._tag === 'Left' ? [] : told.right.offences[0]?.chain;
    const moved = details?.filter(({ step }) => step === 'transfer').map(({ detail }) => detail);
    const part = units(held - partOf(1000n));
    expect(moved).toContain(`${part} from ${vestingOf(RUN, cheat, 0)} to ${SLASHED}`);
    expect(moved).toContain(`${part} from ${SLASHED} to ${PENALTIES}`);
  });

  it('reaches escrow that is being unlocked, and less is released', () => {
    const cast = new RegistryCast({}, { ladder: LADDER });
    for (let i = 0; i < 3; i += 1) cast.arrive('worker', `worker-${i}`);
    for (let i = 0; i < 3; i += 1) cast.arrive('validator', `validator-${i}`);
    cast.desk.plan();
    cast.desk.tick();
    for (const key of cast.everybody) cast.accept(key.actor);
    cast.desk.tick();
    const [slot] = cast.slots as [string];
    const cheat = cast.assignment(slot).participant;
    expect(cast.unlock(cheat, STAKE).ok).toBe(true);
    for (const one of cast.slots) cast.train(one, one === slot ? 'forged' : undefined);
    cast.reveal();
    cast.judge();
    const part = (BigInt(STAKE) * BigInt(LADDER.slashBps)) / 10_000n;
    expect(money(cast, SLASHED)).toBe(part);
    const released = cast.desk.pass(5000).find(({ type }) => type === 'daybook.stake.released.v1');
    expect(released?.data).toMatchObject({ amount: (BigInt(STAKE) - part).toString() });
  });
});

describe('a slashing that is overturned', () => {
  it('gives back to the bucket that still waits', () => {
    const { cast, cheat, assignment, payout } = paidCheat();
    expect(fileAppeal(cast, cast.keyOf(cheat), `work/${assignment}`).ok).toBe(true);
    voteAll(cast, `work/${assignment}`, 'overturn');
    expect(money(cast, escrowOf(cheat))).toBe(1000n);
    expect(money(cast, vestingOf(RUN, cheat, 0))).toBe(payout);
    expect([money(cast, SLASHED), money(cast, PENALTIES), all(cast)]).toEqual([0n, 0n, 0n]);
  });

  it('gives what has vested since to the wallet, never to a later period', () => {
    const { cast, cheat, assignment, payout } = paidCheat();
    expect(fileAppeal(cast, cast.keyOf(cheat), `work/${assignment}`).ok).toBe(true);
    settleWindow(cast);
    const later = money(cast, vestingOf(RUN, cheat, 0));
    expect(money(cast, walletOf(cheat))).toBe(payout - partOf(payout));
    voteAll(cast, `work/${assignment}`, 'overturn');
    expect(money(cast, walletOf(cheat))).toBe(payout);
    expect(money(cast, vestingOf(RUN, cheat, 0))).toBe(later);
    expect(all(cast)).toBe(0n);
  });

  it('comes to the wallet where the ring is gone', () => {
    const { cast, cheat } = slashedCase();
    const { books } = cast.desk;
    expect(backTo(books, cheat, vestingOf('over', cheat, 0), 1)).toBe(walletOf(cheat));
    expect(backTo(books, cheat, escrowOf(cheat), 1)).toBe(escrowOf(cheat));
  });
});
