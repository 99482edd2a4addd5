/** Shares of scored windows explained, held against the story of scoring. */
import { expect, it } from 'vitest';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { scoringStory } from '../../testing/stories/scoring.ts';
import { Rebuild } from '../rebuild.ts';
import type { Evidence } from './chronicle.ts';
import { Chronicle } from './chronicle.ts';
import { explainPayout } from './payout.ts';
import type { WeightExplanation } from './weight.ts';
import { explainWeight } from './weight.ts';

const { lines, books } = scoringStory();

function gather(alter: (event: LedgerEvent) => LedgerEvent = (event) => event): Evidence {
  const rebuilt = new Rebuild({ whole: true });
  const chronicle = new Chronicle();
  for (const line of lines) chronicle.observe(alter(rebuilt.add(line)));
  return { books: rebuilt.books, roots: rebuilt.roots, chronicle };
}
const evidence = gather();

function told(who: string, window?: number, from = evidence): WeightExplanation {
  const explained = explainWeight(from, { who, ...(window === undefined ? {} : { window }) });
  if (explained._tag === 'Left') throw new Error(explained.left);
  return explained.right;
}

it('goes from scores over the clip to the incentive and its credit', () => {
  const shares = Object.values(books.members).map(({ participant }) => told(participant, 0));
  for (const { agrees, requested } of shares) {
    expect(agrees).toBe(true);
    expect(requested.seedHolds).toBe(true);
  }
  const contributors = shares.filter(
    ({ role, outcome }) => role === 'worker' && outcome.kind === 'reached' && outcome.recorded,
  );
  expect(contributors).toHaveLength(2);
  for (const { vectors, credits } of contributors) {
    expect(vectors).toHaveLength(3);
    for (const { given, clipped, commitmentHolds } of vectors) {
      expect(clipped).toBeLessThanOrEqual(given ?? 0);
      expect(commitmentHolds).toBe(true);
    }
    expect(credits).toMatchObject([{ unit: 'work', reason: 'incentive' }]);
  }
  const friendly = shares.find(({ who }) => who.name === 'validator-1');
  expect(friendly?.outcome).toMatchObject({ kind: 'reached', receipts: [expect.any(Number)] });
});

it('says why there is none, and what was credited then', () => {
  const failed = told('validator-1', 1);
  expect(failed.outcome).toMatchObject({ kind: 'failed', reason: 'commitments_short' });
  expect(failed.missing.map(({ name }) => name).sort()).toEqual([
    'validator-0',
    'validator-1',
    'validator-2',
  ]);
  expect(failed.agrees).toBeNull();
  expect(told('worker-0').outcome).toMatchObject({ kind: 'failed', reason: 'no_common_weight' });
});

it('finds a consensus that the scores do not give', () => {
  const altered = gather((event) => {
    if (event.type !== 'daybook.consensus.reached.v1') return event;
    const validators = event.data.validators.map((one) => ({ ...one, dividend: 1 }));
    return { ...event, data: { ...event.data, validators } };
  });
  expect(told('validator-0', 0, altered).agrees).toBe(false);
});

it('takes the window with the name', () => {
  expect(told('r/0/worker-0')).toEqual(told('worker-0', 0));
  expect(explainWeight(evidence, { who: 'r/9/worker-0' })).toMatchObject({ _tag: 'Left' });
});

it('refuses what it cannot answer', () => {
  expect(explainWeight(evidence, { who: 'nobody' })).toMatchObject({ _tag: 'Left' });
  expect(explainWeight(evidence, { who: 'worker-0', run: 'x' })).toMatchObject({ _tag: 'Left' });
  expect(explainWeight(evidence, { who: 'worker-0', window: 9 })).toMatchObject({
    left: 'run r has scored windows 0, 1, 2',
  });
});

it('a payout leads back to the scores', () => {
  const names = Object.values(books.members).map(({ participant }) => participant);
  const chains = names.flatMap((who) => {
    const explained = explainPayout(evidence, { who, period: 0 });
    return explained._tag === 'Left' ? [] : explained.right.credits;
  });
  const divided = chains.filter(({ reason }) => reason === 'incentive' || reason === 'dividend');
  expect(divided.length).toBeGreaterThan(2);
  for (const { chain } of divided)
    expect(chain.map(({ step }) => step)).toEqual([
      'request',
      'scores',
      'scores',
      'scores',
      'consensus',
    ]);
});
