/** Settlements under other terms: the recorded terms give what was recorded, others what they say. */
import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { overturnedStory } from '../../testing/dispute-case.ts';
import { moneyStory } from '../../testing/stories/money.ts';
import { wholeStory } from '../../testing/story.ts';
import type { Outcome } from './what-if.ts';
import { whatIf } from './what-if.ts';
import { readTerms } from './what-if-terms.ts';

const stories: Readonly<Record<string, readonly LedgerEvent[]>> = {
  'a whole run': wholeStory().desk.events,
  'an overturned rejection': overturnedStory().events,
  'money that vests': moneyStory().events,
};
const totals = ({ participants, periods }: Outcome) => ({
  people: [...participants]
    .filter(([, { paid, lost }]) => paid !== 0n || lost !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1)),
  periods: periods.map(({ payouts, ...period }) => ({ ...period, payouts: [...payouts].sort() })),
});
const sum = (outcome: Outcome, of: 'paid' | 'lost'): bigint =>
  [...outcome.participants.values()].reduce((all, one) => all + one[of], 0n);

describe.each(Object.entries(stories))('what if, on the story of %s', (_name, events) => {
  it('nothing were changed: what was recorded', () => {
    const { recorded, other } = whatIf(events, {});
    expect(totals(other)).toEqual(totals(recorded));
  });

  it('the pool were doubled: everybody gets twice as much, or a unit more or less', () => {
    const { recorded, other } = whatIf(events, { pool: '2000000000' });
    expect(sum(other, 'paid')).toBe(2n * sum(recorded, 'paid'));
    for (const [participant, { paid }] of recorded.participants) {
      const off = (other.participants.get(participant)?.paid ?? 0n) - 2n * paid;
      expect(off >= -2n * 5n && off <= 2n * 5n).toBe(true);
    }
  });

  it('nothing were paid, staked or taken: nothing', () => {
    const { other } = whatIf(events, { pool: '0', stake: '0', penalty: '0' });
    expect([sum(other, 'paid'), sum(other, 'lost')]).toEqual([0n, 0n]);
  });
});

describe('what if', () => {
  const events = moneyStory().events;

  it('all were for work: validators get nothing', () => {
    const { other, books } = whatIf(events, { workShareBps: 10_000 });
    for (const [participant, { paid }] of other.participants)
      if (books.members[participant]?.role === 'validator') expect(paid).toBe(0n);
  });

  it('nothing vested with time: a penalty reaches the stake alone', () => {
    expect(sum(whatIf(events, {}).other, 'lost')).toBe(200_000_000n);
    expect(sum(whatIf(events, { vesting: null }).other, 'lost')).toBe(1000n);
  });

  it('payouts waited longer: a penalty reaches further', () => {
    const penalty = '9'.repeat(38);
    const reach = (periods: number): bigint =>
      sum(whatIf(events, { penalty, vesting: { periods, turnMs: 1 } }).other, 'lost');
    expect(reach(1) < reach(2) && reach(2) <= reach(3)).toBe(true);
  });
});

describe('other terms', () => {
  it('are read from a policy or a part of one; what is no term of money is named', () => {
    expect(
      readTerms({ revision: 2, rewards: { pool: '5', periodWindows: 1 }, vesting: null }),
    ).toEqual({
      _tag: 'Right',
      right: {
        terms: { pool: '5', vesting: null },
        ignored: ['revision', 'rewards.periodWindows'],
      },
    });
  });

  it('are refused where they are none', () => {
    for (const value of [null, [], {}, { rewards: { pool: '-1' } }, { vesting: { periods: 0 } }])
      expect(readTerms(value)._tag).toBe('Left');
  });
});
