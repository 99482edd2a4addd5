/** Outcomes of windows as ratings see them. */
import { describe, expect, it } from 'vitest';
import type { ActorId } from '../../../events/ids.ts';
import type { Assignment, Member, WindowBook } from '../../../projections/books.ts';
import { must } from '../../../projections/books.ts';
import { Cast } from '../../../testing/cast.ts';
import { placesOf } from './window-ratings.ts';

type Held = [participant: string, outcome: Partial<Assignment>];

function windowOf(...held: Held[]): WindowBook {
  const assignments = held.map(([participant, outcome], i) => [
    `r/0/${i}/0`,
    { participant, submission: {}, state: 'resolved', disposition: 'accepted', ...outcome },
  ]);
  return { assignments: Object.fromEntries(assignments) } as unknown as WindowBook;
}

const ranks = (window: WindowBook, score?: (actor: ActorId) => bigint): Record<string, number> =>
  Object.fromEntries(placesOf(window, score).map((one) => [one.participant, one.rank]));

const late: Partial<Assignment> = { submission: null, state: 'superseded', disposition: null };

describe('places in a window', () => {
  it('put accepted above quarantined above rejected above nothing, and tie equals', () => {
    const window = windowOf(
      ['a', {}],
      ['b', { disposition: 'quarantined' }],
      ['c', { disposition: 'rejected' }],
      ['d', late],
      ['e', { disposition: 'replay_required' }],
      ['f', { disposition: 'rejected', dispute: 'claimant_right' }],
    );
    expect(ranks(window)).toEqual({ a: 0, f: 0, b: 1, e: 1, c: 2, d: 3 });
  });

  it('take the worst of several contributions', () => {
    expect(ranks(windowOf(['a', {}], ['b', {}], ['a', late]))).toEqual({ b: 0, a: 1 });
  });

  it('order by score those whose work was accepted, and nobody else', () => {
    const scores: Record<string, bigint> = { a: 5n, b: 7n, c: 5n, d: 100n };
    const window = windowOf(['a', {}], ['b', {}], ['c', {}], ['d', { disposition: 'rejected' }]);
    expect(ranks(window, (actor) => scores[actor] ?? 0n)).toEqual({ b: 0, a: 1, c: 1, d: 2 });
  });

  it('are none where nobody committed to anything', () => {
    expect(placesOf(windowOf(['a', late], ['b', late]))).toEqual([]);
    expect(placesOf(windowOf())).toEqual([]);
  });
});

it('a window moves the ratings of its contributors and of nobody else', () => {
  const cast = Cast.network({ staged: false });
  const { contributors } = cast.window;
  const [first, second] = cast.slots as [string, string];
  cast.train(first);
  cast.train(second, 'an altered delta');
  cast.reveal();
  cast.judge();
  cast.aggregate(4_000_000, 3_900_000);
  const rated = Object.values(cast.desk.books.members).filter(({ rating }) => rating !== undefined);
  expect(new Set(rated.map(({ participant }) => participant))).toEqual(new Set(contributors));
  const muOf = (actor: ActorId | undefined): number =>
    must((cast.desk.books.members[must(actor, 'actor')] as Member).rating, 'rating').muMicro;
  expect(muOf(contributors[0])).toBeGreaterThan(25_000_000);
  expect(muOf(contributors[1])).toBeLessThan(25_000_000);
});
