/** What votes come to, at the edges and by counting every way in which the rest could vote. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Vote } from '../projections/network-book.ts';
import type { VotingTerms } from './tally.ts';
import { outcomeOf, settledOutcome } from './tally.ts';

const terms = { turnoutBps: 5000, approvalBps: 6667 };
const tally = (yes: number, no: number, abstain = 0) => ({ yes, no, abstain });

describe('an outcome', () => {
  it.each([
    ['half of the weight is a turnout of half', tally(50, 0), 'accepted'],
    ['one less is none', tally(49, 0), 'no_turnout'],
    ['abstentions count for the turnout', tally(1, 0, 49), 'accepted'],
    ['and not against approval', tally(2, 0, 98), 'accepted'],
    ['but accept nothing', tally(0, 0, 100), 'rejected'],
    ['nobody at all', tally(0, 0), 'no_turnout'],
    ['two thirds are less than 6667 of 10,000', tally(60, 30), 'rejected'],
    ['a little more is more', tally(61, 30), 'accepted'],
  ] as const)('%s', (_what, votes, outcome) => {
    expect(outcomeOf(votes, 100, terms)).toBe(outcome);
  });

  it('is a share reached exactly, not nearly', () => {
    const exact = { turnoutBps: 10_000, approvalBps: 6667 };
    expect(outcomeOf(tally(6667, 3333), 10_000, exact)).toBe('accepted');
    expect(outcomeOf(tally(6666, 3334), 10_000, exact)).toBe('rejected');
  });

  it('of no turnout asked for is still one of those who voted', () => {
    const none = { ...terms, turnoutBps: 0 };
    expect(outcomeOf(tally(0, 0), 100, none)).toBe('rejected');
    expect(outcomeOf(tally(1, 0), 100, none)).toBe('accepted');
  });

  it('of the heaviest council is exact', () => {
    const most = 64 * 1_000_000_000;
    expect(outcomeOf(tally(most, 0), most, { turnoutBps: 10_000, approvalBps: 10_000 })).toBe(
      'accepted',
    );
    expect(outcomeOf(tally(most - 1, 1), most, { turnoutBps: 10_000, approvalBps: 10_000 })).toBe(
      'rejected',
    );
  });
});

const KINDS: readonly (Vote | null)[] = ['yes', 'no', 'abstain', null];

/** Every outcome that the votes still out could lead to. */
function possible(
  cast: Record<Vote, number>,
  left: readonly number[],
  by: VotingTerms,
  weight: number,
) {
  const found = new Set<string>();
  const visit = (votes: Record<Vote, number>, at: number): void => {
    const seat = left[at];
    if (seat === undefined) return void found.add(outcomeOf(votes, weight, by));
    for (const kind of KINDS)
      visit(kind === null ? votes : { ...votes, [kind]: votes[kind] + seat }, at + 1);
  };
  visit(cast, 0);
  return found;
}

it('is settled early exactly when no vote that is out could change it', () => {
  const bps = fc.integer({ min: 0, max: 10_000 });
  const seats = fc.array(
    fc.record({ weight: fc.integer({ min: 1, max: 5 }), vote: fc.constantFrom(...KINDS) }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(
      seats,
      bps,
      fc.integer({ min: 5001, max: 10_000 }),
      (council, turnoutBps, approvalBps) => {
        const by = { turnoutBps, approvalBps };
        const weight = council.reduce((sum, seat) => sum + seat.weight, 0);
        const cast = { yes: 0, no: 0, abstain: 0 };
        for (const seat of council) if (seat.vote !== null) cast[seat.vote] += seat.weight;
        const left = council.filter(({ vote }) => vote === null).map((seat) => seat.weight);
        const outcomes = possible(cast, left, by, weight);
        const settled = settledOutcome(cast, weight, by);
        // The members still out may fall short of either extreme only together: any mix is possible.
        expect(settled).toBe(outcomes.size === 1 ? [...outcomes][0] : null);
      },
    ),
  );
});
