/** Money on its way into escrow and out of it: nothing is made, nothing lost, nothing below zero. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AMOUNT_MAX } from '../../../events/codecs.ts';
import type { ActorId } from '../../../events/ids.ts';
import { must } from '../../../projections/books.ts';
import { balanceOf } from '../../../projections/balances.ts';
import { countingEscrow, escrowBalance, ownEscrow } from '../../../projections/stakes.ts';
import { keyNamed } from '../../../testing/desk.ts';
import { RegistryCast, STAKE } from '../../../testing/registry-cast.ts';
import { eligible } from '../windows/eligibility.ts';

const wallet = (cast: RegistryCast, participant: ActorId): bigint =>
  balanceOf(cast.desk.books, 'micro', `participant/${participant}`);

describe('stake', () => {
  it('that is asked back counts no more at once, and is free when it is unbound', () => {
    const cast = RegistryCast.running(3, 3);
    const { actor } = must(cast.workers[0], 'worker');
    expect(cast.unlock(actor, '60000000').ok).toBe(true);
    expect(countingEscrow(cast.desk.books, actor)).toBe(40_000_000n);
    expect(escrowBalance(cast.desk.books, actor)).toBe(100_000_000n);
    // Below the least of a worker: no work in the windows to come.
    expect(eligible(cast.desk.books, 'worker', 'r', 1)).not.toContain(actor);
    expect(cast.unlock(actor, '40000001')).toMatchObject({ code: 'escrow_short' });
    cast.desk.pass(4999);
    expect(wallet(cast, actor)).toBe(0n);
    cast.desk.pass(1);
    expect(wallet(cast, actor)).toBe(60_000_000n);
    expect(cast.desk.books.stakes?.unlocking[actor]).toBeUndefined();
  });

  it('is punished also on its way out, what still counts first', () => {
    const cast = RegistryCast.running(3, 3);
    const [slot] = cast.slots as [string];
    const cheat = cast.assignment(slot).participant;
    cast.unlock(cheat, '90000000');
    for (const one of cast.slots) cast.train(one, one === slot ? 'forged' : undefined);
    cast.reveal();
    cast.judge();
    expect(countingEscrow(cast.desk.books, cheat)).toBe(0n);
    expect(escrowBalance(cast.desk.books, cheat)).toBe(75_000_000n);
    const released = cast.desk.pass(5000).find(({ type }) => type === 'daybook.stake.released.v1');
    expect(released?.data).toMatchObject({ amount: '75000000' });
    expect(escrowBalance(cast.desk.books, cheat)).toBe(0n);
  });

  it('of nothing is released as nothing', () => {
    const cast = RegistryCast.running(3, 3);
    const [slot] = cast.slots as [string];
    const cheat = cast.assignment(slot).participant;
    cast.unlock(cheat, '80000000');
    cast.unlock(cheat, '20000000');
    for (const one of cast.slots) cast.train(one, one === slot ? 'forged' : undefined);
    cast.reveal();
    cast.judge();
    const amounts = cast.desk
      .pass(5000)
      .flatMap((event) => (event.type === 'daybook.stake.released.v1' ? [event.data.amount] : []));
    // The penalty of 25 is borne by the later wish first.
    expect(amounts).toEqual(['75000000', '0']);
  });

  it('never comes to more than one entry can give back', () => {
    const cast = RegistryCast.running(3, 3);
    const { actor } = must(cast.workers[0], 'worker');
    const most = AMOUNT_MAX - escrowBalance(cast.desk.books, actor);
    for (const depositor of ['one', 'other']) cast.deposit(actor, AMOUNT_MAX.toString(), depositor);
    const lock = (amount: bigint) =>
      cast.desk.say(cast.keyOf(actor), 'daybook.stake.locked.v1', {
        participant: actor,
        amount: amount.toString(),
      });
    expect(lock(most + 1n)).toMatchObject({ code: 'escrow_full' });
    expect(lock(most).ok).toBe(true);
    expect(lock(1n)).toMatchObject({ code: 'escrow_full' });
    cast.revoke(actor);
    cast.desk.pass(5000);
    expect(escrowBalance(cast.desk.books, actor)).toBe(0n);
  });

  it('that an issuer lent with the admission is not asked back, and bears a penalty last', () => {
    const cast = new RegistryCast();
    const key = cast.desk.admit('worker', 'w');
    cast.workers.push(key);
    const { actor } = key;
    const lent = escrowBalance(cast.desk.books, actor);
    expect(lent > 0n).toBe(true);
    expect(cast.unlock(actor, '1')).toMatchObject({ code: 'escrow_short' });
    cast.deposit(actor, '1000', 'bank');
    cast.lock(actor, '1000');
    expect(ownEscrow(cast.desk.books, actor)).toBe(1000n);
    expect(cast.unlock(actor, '1001')).toMatchObject({ code: 'escrow_short' });
    expect(cast.unlock(actor, '400').ok).toBe(true);
    expect(ownEscrow(cast.desk.books, actor)).toBe(600n);
    cast.revoke(actor);
    cast.desk.pass(5000);
    expect(wallet(cast, actor)).toBe(1000n);
    expect(escrowBalance(cast.desk.books, actor)).toBe(lent);
  });

  it('comes out after a week where the terms are gone', () => {
    const cast = RegistryCast.open(1, 0);
    const { actor } = must(cast.workers[0], 'worker');
    cast.desk.adopt({ revision: 2 });
    expect(cast.unlock(actor, STAKE).ok).toBe(true);
    expect(cast.desk.books.stakes?.unlocking[actor]?.[0]?.dueMs).toBe(
      cast.desk.nowMs + 7 * 24 * 3_600_000,
    );
  });

  it('holds its laws whatever is asked in whatever order', () => {
    const acts = fc.array(
      fc.record({
        what: fc.constantFrom('deposit', 'lock', 'unlock', 'wait', 'revoke'),
        amount: fc.oneof(fc.bigInt(0n, 200n), fc.constant(10n ** 38n - 1n)),
      }),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(acts, (asked) => {
        const cast = new RegistryCast();
        const { actor } = cast.register('worker', 'w');
        for (const [at, { what, amount: wanted }] of asked.entries()) {
          const { desk } = cast;
          const amount = wanted.toString();
          if (what === 'deposit')
            desk.say(desk.operator, 'daybook.stake.deposited.v1', {
              participant: actor,
              amount,
              reference: `tx-${at}`,
              depositor: 'bank',
            });
          else if (what === 'lock')
            desk.say(keyNamed('w'), 'daybook.stake.locked.v1', { participant: actor, amount });
          else if (what === 'unlock') cast.unlock(actor, amount);
          else if (what === 'revoke' && at % 7 === 0)
            desk.say(desk.operator, 'daybook.identity.revoked.v1', {
              participant: actor,
              reason: 'x',
            });
          else desk.pass(2000);
          const { books } = desk;
          const [own, escrow] = [wallet(cast, actor), escrowBalance(books, actor)];
          expect(own >= 0n && escrow >= 0n && countingEscrow(books, actor) <= escrow).toBe(true);
          expect(own + escrow).toBe(-balanceOf(books, 'micro', 'issuer'));
        }
        cast.desk.pass(10_000);
        expect(cast.desk.books.stakes?.unlocking[actor]).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });
});
