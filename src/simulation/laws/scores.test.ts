/** The law about scores is one that can be breached. */
import { expect, it } from 'vitest';
import type { EventOf } from '../../events/catalogue.ts';
import { must } from '../../projections/books.ts';
import { gain, ScoringCase } from '../../testing/scoring-case.ts';
import { honestScoresDecide } from './scores.ts';

it('tells when a contributor has more than honest validators gave', () => {
  const told = ScoringCase.started().judged();
  const bribed = must(told.cast.validators[1], 'validator').actor;
  told.score([
    [gain(3), gain(1)],
    [gain(0), gain(9)],
    [gain(3), gain(1)],
  ]);
  const reached = told.desk.events.findLast(
    (event): event is EventOf<'daybook.consensus.reached.v1'> =>
      event.type === 'daybook.consensus.reached.v1',
  );
  const { data, ...entry } = must(reached, 'consensus');
  const sight = {
    books: told.desk.books,
    truth: null as never,
    isHonest: (actor: string) => actor !== bribed,
  };
  const law = honestScoresDecide.make((message) => {
    throw new Error(message);
  });
  law.see?.({ ...entry, data }, sight);
  const contributors = data.contributors.map((one) => ({ ...one, weight: one.weight + 1 }));
  expect(() => law.see?.({ ...entry, data: { ...data, contributors } }, sight)).toThrow(
    /more than/,
  );
  expect(() => law.see?.({ ...entry, data }, { ...sight, isHonest: () => true })).toThrow(/ and /);
});
