/** Payouts under vesting terms, explained: each is derived again, and followed until it is claimed. */
import { describe, expect, it } from 'vitest';
import { must } from '../../projections/books.ts';
import { RUN } from '../../testing/cast.ts';
import { moneyStory } from '../../testing/stories/money.ts';
import { slashingStory } from '../../testing/stories/slashing.ts';
import type { Desk } from '../../testing/desk.ts';
import { Rebuild } from '../rebuild.ts';
import type { Evidence } from './chronicle.ts';
import { Chronicle } from './chronicle.ts';
import type { PayoutExplanation } from './payout.ts';
import { explainPayout } from './payout.ts';

function evidenceOf({ lines }: Desk): Evidence {
  const rebuilt = new Rebuild({ whole: true });
  const chronicle = new Chronicle();
  for (const line of lines) chronicle.observe(rebuilt.add(line));
  return { books: rebuilt.books, roots: rebuilt.roots, chronicle };
}

const desk = moneyStory();
const evidence = evidenceOf(desk);

function explained(who: string, period: number, from = evidence): PayoutExplanation {
  const found = explainPayout(from, { who, run: RUN, period });
  if (found._tag === 'Left') throw new Error(found.left);
  return found.right;
}
const members = Object.values(evidence.books.members);
const claimant = must(
  members.find(({ name }) => name === 'validator-0'),
  'claimant',
);
const typeAt = (sequence: number): string | undefined => desk.events[sequence]?.type;

it('what a slashing took of a payout before it vested, and what an appeal gave back', () => {
  const slashed = evidenceOf(slashingStory());
  const vestings = Object.keys(slashed.books.members).flatMap((who) =>
    [0, 1, 2].flatMap((period) => explained(who, period, slashed).vesting ?? []),
  );
  const reasons = (steps: 'taken' | 'givenBack'): string[] =>
    vestings.flatMap((vesting) => vesting[steps].map(({ reason }) => reason));
  expect(new Set(reasons('taken'))).toEqual(new Set(['altered_delta']));
  expect(reasons('taken').length).toBeGreaterThan(1);
  expect(reasons('givenBack')).toContain('offence_overturned');
});

describe('a payout that vests', () => {
  it('is derived again for everybody in every period', () => {
    for (let period = 0; period < 5; period += 1) {
      const all = members.map(({ participant }) => explained(participant, period));
      expect(all.map(({ agrees }) => agrees)).toEqual(members.map(() => true));
      const sum = all.reduce((total, one) => total + BigInt(one.total), 0n);
      expect(sum).toBe(BigInt(all[0]?.pool ?? 0));
    }
  });

  it('has vested by the close of a later period, or with time once the run has ended', () => {
    const { vesting } = explained(claimant.participant, 0);
    expect(vesting).toMatchObject({ periods: 2, atClose: 2, taken: [] });
    expect(vesting?.vested?.transfer).toBe(`vested/${RUN}/2/${claimant.participant}`);
    const last = explained(claimant.participant, 4).vesting;
    expect(last?.vested?.transfer).toBe(`released/${RUN}/4/${claimant.participant}`);
  });

  it('shows what a penalty took while it waited, entry by entry', () => {
    const hit = members.flatMap(({ participant }) =>
      [0, 1, 2, 3, 4].map((period) => explained(participant, period)),
    );
    const taken = hit.flatMap(({ vesting }) => vesting?.taken ?? []);
    const penalties = taken.filter(({ reason }) => reason === 'rejected_contribution');
    expect(penalties.map(({ amount }) => amount)).toEqual(['199999000']);
    for (const { sequence } of taken) expect(typeAt(sequence)).toBe('daybook.journal.posted.v1');
  });

  it('shows corrections, those of corrections too, and claims', () => {
    const { corrections, claims, claimed, claimable } = explained(claimant.participant, 2);
    expect(
      corrections.map(({ correction, effect, amount, original }) => [
        correction,
        effect,
        amount,
        original,
      ]),
    ).toEqual([
      ['overpaid', 'take', '5000', `payout/${RUN}/2/${claimant.participant}`],
      ['overpaid-undone', 'give', '5000', 'correction/overpaid'],
    ]);
    expect(claims).toMatchObject([{ amount: '1000', destination: 'invoice 7' }]);
    expect([claimed, BigInt(claimable) > 0n]).toEqual(['1000', true]);
    expect(explained(claimant.participant, 1).corrections).toEqual([]);
  });
});
