/** Which way a joiner takes: what it holds and what the deltas weigh decide. */
import { describe, expect, it } from 'vitest';
import type { Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { Cast, RUN } from '../../testing/cast.ts';
import { planCatchUp } from './plan.ts';

/** Three promoted revisions: checkpoints of 1000 bytes, in each window two deltas of as many. */
const plain: Books = (() => {
  const cast = Cast.started(3, 3, { windows: 4 });
  for (const loss of [4, 3, 2]) {
    cast.play(loss * 1_000_000, (loss - 1) * 1_000_000);
    cast.desk.tick();
  }
  return cast.desk.books;
})();

const planOf = (...[books, options]: Parameters<typeof planCatchUp>) =>
  must(planCatchUp(books, options), 'plan');

/** The same books with deltas of this size. */
function withDeltas(sizeBytes: number) {
  const books = structuredClone(plain);
  for (const { assignments } of Object.values(books.windows))
    for (const held of Object.values(assignments))
      if (held.submission !== null)
        Object.assign(held.submission, { delta: { ...held.submission.delta, sizeBytes } });
  return books;
}

describe('a plan', () => {
  it('fetches the checkpoint that is asked for where nothing is held', () => {
    expect(planOf(plain, { run: RUN, target: 3, held: null })).toMatchObject({
      start: { revision: 3 },
      fetch: [{ sizeBytes: 1000 }],
      crossings: [],
      bytes: 1000,
    });
  });

  it('fetches nothing for what is held', () => {
    const held = { revision: 2, momentum: false };
    expect(planOf(plain, { run: RUN, target: 2, held })).toMatchObject({ fetch: [], bytes: 0 });
  });

  it('goes by outer steps where their deltas weigh less, with the momentum that they need', () => {
    const books = withDeltas(10);
    const held = { revision: 1, momentum: true };
    const plan = planOf(books, { run: RUN, target: 3, held });
    expect(plan).toMatchObject({ start: { revision: 1 }, fetch: [], bytes: 40 });
    expect(plan.crossings.map(({ to }) => to.revision)).toEqual([2, 3]);
    const window = must(books.windows[`${RUN}/1`], 'window');
    expect(plan.crossings[0]?.deltas.map(({ digest }) => digest)).toEqual(
      window.aggregation?.deltas,
    );
    // A momentum weighs as much as a checkpoint: with it to be fetched the direct way is no longer.
    const without = { ...held, momentum: false };
    expect(planOf(books, { run: RUN, target: 3, held: without }).start.revision).toBe(3);
    const stable = planOf(books, { run: RUN, target: 3, held: without, preferReplay: true });
    expect(stable).toMatchObject({ start: { revision: 1 }, bytes: 1040 });
    expect(stable.fetch).toEqual([books.runs[RUN]?.revisions[1]?.momentum]);
  });

  it('needs no momentum of the initial revision, which has none', () => {
    const held = { revision: 0, momentum: true };
    expect(planOf(withDeltas(10), { run: RUN, target: 3, held })).toMatchObject({
      bytes: 60,
      fetch: [],
    });
  });

  it('goes directly where the deltas weigh more, or left the books', () => {
    const held = { revision: 1, momentum: true };
    expect(planOf(plain, { run: RUN, target: 3, held }).start.revision).toBe(3);
    const books = withDeltas(10);
    delete books.windows[`${RUN}/1`];
    for (const preferReplay of [false, true])
      expect(planOf(books, { run: RUN, target: 3, held, preferReplay }).start.revision).toBe(3);
  });

  it('there is none to a revision that is not', () => {
    expect(planCatchUp(plain, { run: RUN, target: 4, held: null })).toBeNull();
    expect(planCatchUp(plain, { run: 'other', target: 0, held: null })).toBeNull();
  });
});
