/** What a proposal is said to change, for each of the three things one may change. */
import { expect, it } from 'vitest';
import { wholePolicy } from '../../commands/policy-adoption.ts';
import { must } from '../../projections/books.ts';
import { Assembly } from '../../testing/assembly.ts';
import { changesOf } from './proposed-changes.ts';

const assembly = Assembly.atWork();
const { books } = assembly.desk;
const nothing = { policy: null, council: null, rollback: null };
const policy = wholePolicy(must(books.policy, 'policy'));

it('of a policy names the terms that differ, come or go, and not the revision', () => {
  const next = {
    ...policy,
    revision: policy.revision + 1,
    window: { ...policy.window, revealMs: policy.window.revealMs + 1 },
    governance: null,
    vesting: { periods: 2, turnMs: 60_000 },
  };
  const changed = changesOf(books, { ...nothing, policy: next });
  const { revealMs } = policy.window;
  expect(changed).toContainEqual({
    term: 'window.revealMs',
    now: String(revealMs),
    proposed: String(revealMs + 1),
  });
  expect(changed).toContainEqual({ term: 'vesting.periods', now: null, proposed: '2' });
  expect(changed.filter(({ proposed }) => proposed === null).map(({ term }) => term)).toEqual(
    Object.keys(policy.governance ?? {}).map((term) => `governance.${term}`),
  );
  expect(changed.map(({ term }) => term)).not.toContain('revision');
  expect(changesOf(books, { ...nothing, policy })).toEqual([]);
});

it('of a council names the seats whose weight is another', () => {
  const [first, second, third] = assembly.seats;
  if (first === undefined || second === undefined || third === undefined)
    throw new Error('three seats are wanted');
  const council = [first, { ...second, weight: second.weight + 5 }];
  expect(changesOf(books, { ...nothing, council })).toEqual([
    { term: second.member, now: String(second.weight), proposed: String(second.weight + 5) },
    { term: third.member, now: String(third.weight), proposed: null },
  ]);
});

it('of a rollback names the run, its revision and the one it goes back to', () => {
  const [run] = Object.values(books.runs);
  const { revision } = must(run, 'run').revisions.at(-1) ?? { revision: -1 };
  const rollback = { run: must(run, 'run').plan.run, toRevision: 0 };
  expect(changesOf(books, { ...nothing, rollback })).toEqual([
    { term: rollback.run, now: `revision ${revision}`, proposed: 'revision 0' },
  ]);
});
