/** Heads counted as members change are those that are there. */
import { expect, it } from 'vitest';
import { stories } from '../testing/stories.ts';
import { countHeads } from './headcount.ts';

it('the headcount at the end of every story is what counting again gives', () => {
  const counted = Object.values(stories)
    .map((play) => play().books)
    .filter(({ headcount }) => headcount !== undefined);
  expect(counted.length).toBeGreaterThan(0);
  for (const books of counted) expect(books.headcount).toEqual(countHeads(books));
});
