/** Laws of money under any course of closes, penalties, claims and corrections. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balanceOf } from '../../../projections/balances.ts';
import type { Books } from '../../../projections/books.ts';
import { must, openWindow } from '../../../projections/books.ts';
import type { Cast } from '../../../testing/cast.ts';
import { RUN } from '../../../testing/cast.ts';
import type { Result } from '../../../testing/desk.ts';
import { checkCorrections } from '../../../roles/audit/corrections.ts';
import {
  cheatedWindow,
  posted,
  settleWindow,
  TURN_MS,
  vestingCast,
} from '../../../testing/stories/money.ts';
import { escrowOf, ISSUER, walletOf, withdrawnBy } from './accounts.ts';
import { cumulativePayouts, cumulativeRoot } from './settlement.ts';
import { unvestedOf } from './vesting.ts';

const money = (books: Books, account: string): bigint => balanceOf(books, 'micro', account);

/** What must hold after every command. */
function expectLaws({ desk: { books, events } }: Cast): void {
  let sum = 0n;
  for (const [name, { debits, credits }] of Object.entries(books.rewards.balances)) {
    if (!name.startsWith('micro:')) continue;
    const balance = BigInt(credits) - BigInt(debits);
    sum += balance;
    if (name !== `micro:${ISSUER}` && balance < 0n) throw new Error(`${name} is below nothing`);
  }
  expect(sum).toBe(0n);
  for (const { state, pool, paid, remainder } of Object.values(books.rewards.periods))
    if (state === 'settled') expect(BigInt(paid) + BigInt(remainder)).toBe(BigInt(pool));
  const last = events.at(-1);
  if (last?.type === 'daybook.settlement.published.v2')
    expect(last.data.root).toBe(cumulativeRoot(cumulativePayouts(books)));
}

type Act = (cast: Cast, who: number, amount: bigint) => void;

const acts: Readonly<Record<string, Act>> = {
  honest: (cast) => {
    if (openWindow(cast.desk.books, RUN) !== undefined) settleWindow(cast);
  },
  cheat: (cast) => {
    if (openWindow(cast.desk.books, RUN) !== undefined) cheatedWindow(cast);
  },
  wait: (cast) =>
    void (cast.desk.books.runs[RUN]?.state === 'completed' && cast.desk.pass(TURN_MS)),
  claim: (cast, who, amount) => {
    const key = must(cast.everybody[who % cast.everybody.length], 'somebody');
    const data = { participant: key.actor, amount: amount.toString(), destination: 'x' };
    const before = money(cast.desk.books, walletOf(key.actor));
    const { ok } = cast.desk.say(key, 'daybook.payout.claimed.v1', data);
    expect(ok).toBe(amount > 0n && amount <= before);
  },
  take: (cast, who, amount) => void corrected(cast, who, amount, 'take'),
  give: (cast, who, amount) => void corrected(cast, who, amount, 'give'),
};

let corrections = 0;
function corrected(cast: Cast, who: number, amount: bigint, effect: 'give' | 'take'): void {
  const { desk } = cast;
  const paid = Object.keys(desk.books.rewards.transfers).filter((id) => id.startsWith('payout/'));
  const transfer = paid[who % Math.max(paid.length, 1)];
  if (transfer === undefined) return;
  const participant = must(
    cast.everybody.find(({ actor }) => transfer.endsWith(actor)),
    'payee',
  );
  const there =
    unvestedOf(desk.books, participant.actor) + money(desk.books, walletOf(participant.actor));
  const original = { transfer, ...posted(desk, transfer) };
  corrections += 1;
  const { ok } = desk.say(desk.operator, 'daybook.correction.posted.v1', {
    correction: `c-${corrections}`,
    original,
    participant: participant.actor,
    effect,
    amount: amount.toString(),
    reason: 'counted_wrong',
  });
  if (!ok || effect === 'give') return;
  // With all corrections of it, this one included, no more was taken than it moved.
  const net = Object.values(desk.books.corrections ?? {})
    .filter((one) => one.original === transfer)
    .reduce((sum, one) => sum + BigInt(one.amount) * (one.effect === 'take' ? 1n : -1n), 0n);
  expect(net <= BigInt(original.amount) && amount <= there).toBe(true);
}

it('money is neither made nor lost, and nobody has less than nothing', () => {
  const act = fc.record({
    name: fc.constantFrom('honest', 'honest', 'cheat', 'wait', 'claim', 'take', 'give'),
    who: fc.nat({ max: 5 }),
    amount: fc.oneof(
      fc.constantFrom(0n, 1n, 200_000_000n, 2n ** 63n),
      fc.bigInt({ min: 0n, max: 500_000_000n }),
    ),
  });
  fc.assert(
    fc.property(fc.array(act, { minLength: 6, maxLength: 14 }), (course) => {
      const cast = vestingCast(5);
      for (const { name, who, amount } of course) {
        acts[name]?.(cast, who, amount);
        expectLaws(cast);
      }
      checkCorrections(cast.desk.events);
    }),
    { numRuns: 8 },
  );
});

describe('a correction', () => {
  const transferOf = (cast: Cast): { transfer: string; participant: string } => {
    const transfer = must(
      Object.keys(cast.desk.books.rewards.transfers).findLast(
        (id) => id.startsWith('payout/') && cast.workers.some(({ actor }) => id.endsWith(actor)),
      ),
      'payout of a worker',
    );
    return { transfer, participant: transfer.split('/')[3] ?? '' };
  };
  const post = (cast: Cast, over: object): Result => {
    const { transfer, participant } = transferOf(cast);
    return cast.desk.say(cast.desk.operator, 'daybook.correction.posted.v1', {
      correction: 'one',
      original: { transfer, ...posted(cast.desk, transfer) },
      participant: cast.keyOf(participant).actor,
      effect: 'take',
      amount: '100',
      reason: 'counted_twice',
      ...over,
    });
  };
  const settled = (windows = 1): Cast => {
    const cast = vestingCast(windows + 1);
    for (let window = 0; window < windows; window += 1) settleWindow(cast);
    return cast;
  };

  it('is a new transfer that names the old one; the old one stays', () => {
    const cast = settled();
    const { transfer, participant } = transferOf(cast);
    const { sequence } = posted(cast.desk, transfer);
    const line = Buffer.from(cast.desk.lines[sequence] as Uint8Array);
    const before = unvestedOf(cast.desk.books, participant);
    expect(post(cast, {})).toMatchObject({ ok: true });
    expect(Buffer.from(cast.desk.lines[sequence] as Uint8Array)).toEqual(line);
    expect(unvestedOf(cast.desk.books, participant)).toBe(before - 100n);
    const last = cast.desk.events.at(-1);
    expect(last?.data).toMatchObject({
      transfers: [
        { credit: ISSUER, amount: '100', because: [sequence, (last?.sequence ?? 0) - 1] },
      ],
    });
  });

  it('takes no more in all than the original moved, nor than is still there', () => {
    const cast = settled(3);
    expect(post(cast, { amount: '399999999' })).toMatchObject({ ok: true });
    expect(post(cast, { correction: 'two', amount: '2' })).toMatchObject({
      code: 'correction_exceeds_original',
    });
    expect(post(cast, { correction: 'two', amount: '1' })).toMatchObject({ ok: true });
  });

  it('leaves the stake alone', () => {
    const cast = settled();
    const { participant } = transferOf(cast);
    const stake = money(cast.desk.books, escrowOf(participant));
    const there = unvestedOf(cast.desk.books, participant);
    const amount = (there + 1n).toString();
    const original = { transfer: `stake/${participant}`, amount: '999999999999' };
    const { sequence } = posted(cast.desk, original.transfer);
    expect(post(cast, { original: { ...original, sequence }, amount })).toMatchObject({
      code: 'correction_exceeds_balance',
    });
    expect(money(cast.desk.books, escrowOf(participant))).toBe(stake);
  });

  it('is corrected by its opposite, up to what it moved', () => {
    const cast = settled();
    post(cast, {});
    const { sequence } = must(cast.desk.books.corrections?.['one'], 'correction');
    const original = { transfer: 'correction/one', sequence, amount: '100' };
    const back = { correction: 'two', original, effect: 'give' };
    expect(post(cast, { ...back, effect: 'take' })).toMatchObject({
      code: 'correction_exceeds_original',
    });
    expect(post(cast, { ...back, amount: '101' })).toMatchObject({
      code: 'correction_exceeds_original',
    });
    expect(post(cast, { ...back, amount: '60' })).toMatchObject({ ok: true });
    expect(post(cast, { ...back, correction: 'three', amount: '41' })).toMatchObject({
      code: 'correction_exceeds_original',
    });
    expect(
      post(cast, { ...back, original: { ...original, amount: '99' }, correction: 'three' }),
    ).toMatchObject({ code: 'original_unknown' });
  });

  it('of an archived transfer is taken at its word, and found by the audit where it is false', () => {
    const cast = settled(3);
    const firstOf = (actor: string): string => `payout/${RUN}/0/${actor}`;
    const isPosted = (transfer: string): boolean =>
      cast.desk.events.some(
        (event) =>
          event.type === 'daybook.journal.posted.v1' &&
          event.data.transfers.some(({ id }) => id === transfer),
      );
    const key = must(
      cast.workers.find(({ actor }) => isPosted(firstOf(actor))),
      'who was paid first',
    );
    const gone = firstOf(key.actor);
    expect(cast.desk.books.rewards.transfers[gone]).toBeUndefined();
    const original = { transfer: gone, ...posted(cast.desk, gone) };
    const of = { participant: key.actor, original };
    expect(post(cast, of)).toMatchObject({ ok: true });
    expect(checkCorrections(cast.desk.events)).toBe(1);
    const falsely = { ...original, sequence: original.sequence - 1 };
    const untrue = { ...of, correction: 'false', original: falsely };
    expect(post(cast, untrue)).toMatchObject({ ok: true });
    expect(() => checkCorrections(cast.desk.events)).toThrow(/does not hold/);
    const later = { ...falsely, sequence: cast.desk.books.ledger.size - 1 };
    expect(post(cast, { correction: 'later', original: later })).toMatchObject({
      code: 'original_unknown',
    });
  });
});

it('a claim moves money out and counts for ever', () => {
  const cast = vestingCast(4);
  for (let window = 0; window < 3; window += 1) settleWindow(cast);
  const key = must(
    cast.workers.find(({ actor }) => money(cast.desk.books, walletOf(actor)) > 0n),
    'payee',
  );
  const data = { participant: key.actor, amount: '7', destination: 'bank' };
  cast.desk.must(key, 'daybook.payout.claimed.v1', data);
  settleWindow(cast);
  expect(money(cast.desk.books, withdrawnBy(key.actor))).toBe(7n);
});
