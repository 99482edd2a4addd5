/** Who is meant: found by name, key or its beginning, or told who there is instead. */
import { left, right } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { Cast } from '../../testing/cast.ts';
import { findParty } from './party.ts';

const { books } = Cast.network({}).desk;
const keyOf = (name: string): string =>
  Object.values(books.members).find((one) => one.name === name)?.participant ?? '';

it('finds by name, by key and by the beginning of a key', () => {
  const key = keyOf('worker-0');
  const found = right({ participant: key, name: 'worker-0' });
  expect(findParty(books, 'worker-0')).toEqual(found);
  expect(findParty(books, key)).toEqual(found);
  expect(findParty(books, key.slice(0, 20))).toEqual(found);
});

it('says who there is where nobody is meant', () => {
  const names = Object.values(books.members).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(1);
  expect(findParty(books, 'wroker-0')).toEqual(
    left(`no participant is "wroker-0"; here are: ${names.join(', ')}`),
  );
});

it('says which ones where several are meant', () => {
  const [one, two] = ['worker-0', 'worker-1'].map((name) => books.members[keyOf(name)]);
  if (one === undefined || two === undefined) throw new Error('two workers are wanted');
  const twins = {
    ...books,
    members: { [one.participant]: one, [two.participant]: { ...two, name: one.name } },
  };
  expect(findParty(twins, one.name)).toEqual(
    left(
      `more than one participant is "${one.name}": ${one.participant}, ${two.participant}; give a key`,
    ),
  );
});
