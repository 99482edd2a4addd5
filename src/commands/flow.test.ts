/**
 * The protocol from opening to settlement, decided on the desk. Digests stand for bytes: deciders
 * never see bytes. Each story asserts the facts that make it and the laws that hold in all.
 */
import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../events/catalogue.ts';
import { decodeEvent } from '../events/decode-event.ts';
import { emptyBooks, must, openWindow } from '../projections/books.ts';
import { foldInto } from '../projections/fold.ts';
import { balanceOf } from '../projections/balances.ts';
import { Cast, honestDelta, shortTypes } from '../testing/cast.ts';
import { Desk, digestNamed } from '../testing/desk.ts';
import { wholeStory } from '../testing/story.ts';
import { walletOf } from './rules/money/accounts.ts';

describe('a run from opening to settlement', () => {
  it('activates when enough participants hold leases, and plans the first window', () => {
    const cast = new Cast(new Desk().open(), 2, 2);
    const { desk } = cast;
    desk.plan();
    const last = must(cast.everybody.at(-1), 'last');
    for (const key of cast.everybody.slice(0, -1)) desk.join(key);
    expect(desk.tick()).toEqual([]);
    desk.join(last);
    expect(shortTypes(desk.tick())).toEqual([
      'clock.ticked',
      'run.activated',
      'period.opened',
      'journal.posted',
      'window.planned',
      'assignment.issued',
      'assignment.issued',
      'window.activated',
    ]);
  });

  it('seals, challenges, resolves, aggregates, promotes and pays', () => {
    const cast = Cast.started();
    const { desk } = cast;
    expect(shortTypes(cast.play(4_000_000, 3_000_000))).toContain('checkpoint.promoted');
    expect(desk.books.runs['r']?.revisions.at(-1)?.heldOutLossMicroNats).toBe(3_000_000);
    desk.tick();
    cast.play(3_000_000, 3_000_100);
    expect(desk.books.windows['r/1']?.promotion?.decision).toBe('held_no_promotion');
    expect(shortTypes(desk.tick())).toEqual([
      'clock.ticked',
      'journal.posted',
      'period.closed',
      'settlement.published',
      'run.completed',
    ]);
    const period = must(desk.books.rewards.periods['r/0'], 'period');
    expect(period.paid).toBe('1000000000');
    const wallets = Object.keys(desk.books.members).map((actor) =>
      balanceOf(desk.books, 'micro', walletOf(actor)),
    );
    expect(wallets.reduce((sum, amount) => sum + amount, 0n)).toBe(1_000_000_000n);
  });

  it('rejects an altered delta, counts the recomputed one, fines and bars the cheat', () => {
    const cast = Cast.started();
    const { desk } = cast;
    const [first, second] = cast.slots as [string, string];
    const cheat = cast.assignment(first).participant;
    cast.train(first, 'altered');
    cast.train(second);
    cast.reveal();
    const events = cast.judge();
    expect(shortTypes(events)).toContain('participant.quarantined');
    const scored = events.find((event) => event.type === 'daybook.window.scored.v1');
    expect(scored?.data.slots.map((slot) => slot.counted)).toEqual([
      digestNamed(honestDelta(first)),
      digestNamed(honestDelta(second)),
    ]);
    cast.aggregate(4_000_000, 3_000_000);
    desk.tick();
    expect(balanceOf(desk.books, 'micro', 'penalties')).toBe(25_000_000n);
    expect(openWindow(desk.books, 'r')?.contributors).not.toContain(cheat);
    cast.play(3_000_000, 2_900_000);
    desk.tick();
    expect(balanceOf(desk.books, 'micro', walletOf(cheat))).toBe(0n);
  });

  it('replaces a worker whose lease ran out, from the standby', () => {
    const cast = Cast.started();
    const { desk, window } = cast;
    const dead = cast.keyOf(must(window.contributors[0], 'contributor'));
    const seen: LedgerEvent[] = [];
    for (let beat = 1; beat <= 12; beat += 1) {
      seen.push(...desk.pass(5000));
      cast.heartbeat(beat, dead);
    }
    seen.push(...desk.pass(1));
    expect(shortTypes(seen).filter((type) => type !== 'clock.ticked')).toEqual([
      'participant.staled',
      'participant.expired',
      'lease.ended',
      'assignment.superseded',
      'participant.replaced',
      'assignment.issued',
    ]);
    expect(cast.assignment(must(cast.slots[0], 'slot')).participant).toBe(window.standby[0]);
  });

  it('calls the reserve when the panel disagrees, and follows the majority', () => {
    const cast = Cast.started();
    const { desk } = cast;
    for (const slot of cast.slots) cast.train(slot);
    cast.reveal();
    desk.tick();
    const [first] = cast.slots as [string];
    const [liar, truthful] = cast.panelOf(first) as [string, string];
    cast.judgeOne(first, liar, 'a lie');
    expect(shortTypes(cast.judgeOne(first, truthful))).toEqual([
      'verdict.recorded',
      'panel.extended',
    ]);
    const third = must(cast.panelOf(first)[2], 'third');
    const resolved = cast
      .judgeOne(first, third)
      .find((event) => event.type === 'daybook.challenge.resolved.v1');
    expect(resolved?.data.disposition).toBe('accepted');
    expect(resolved?.data.dissenting).toEqual([liar]);
  });
});

describe('laws of the whole story', () => {
  const { desk } = wholeStory();

  it('replay on a private copy equals the live fold, and every line decodes to its event', () => {
    const replayed = emptyBooks('desk');
    for (const line of desk.lines) {
      const event = decodeEvent(line);
      if (event._tag === 'Left') throw new Error(event.left.message);
      foldInto(replayed, event.right);
    }
    expect(replayed).toEqual(desk.books);
  });

  it('debits equal credits in every unit', () => {
    const sums: Record<string, bigint> = {};
    for (const [key, { debits, credits }] of Object.entries(desk.books.rewards.balances)) {
      const unit = must(key.split(':')[0], 'unit');
      sums[unit] = (sums[unit] ?? 0n) + BigInt(debits) - BigInt(credits);
    }
    expect(sums).toEqual({ micro: 0n, work: 0n, audit: 0n });
  });

  it('payouts and remainder are the pool', () => {
    for (const period of Object.values(desk.books.rewards.periods)) {
      const paid = period.payouts.reduce((sum, { total }) => sum + BigInt(total), 0n);
      expect(paid).toBe(BigInt(period.paid));
      expect(paid + BigInt(period.remainder)).toBe(BigInt(period.pool));
    }
  });
});
