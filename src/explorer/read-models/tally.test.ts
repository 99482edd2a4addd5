/** A tally that is kept up to date is the one that is made anew, after every entry of a story. */
import { expect, it } from 'vitest';
import { emptyBooks } from '../../projections/books.ts';
import { foldHistory } from '../../projections/history.ts';
import { CopyOnWrite } from '../../projections/copy-on-write.ts';
import { LEDGER } from '../../testing/desk.ts';
import { wholeStory } from '../../testing/story.ts';
import { Tally } from './tally.ts';

it('is that of all windows, whatever changed since it was updated last', () => {
  const { events } = wholeStory().desk;
  const kept = new Tally();
  let history = emptyBooks(LEDGER);
  for (const event of events) {
    history = foldHistory(history, [event], (value, recipe) => new CopyOnWrite().of(value, recipe));
    // Not after each: several may have changed.
    if (event.sequence % 3 !== 0 && event.sequence + 1 < events.length) continue;
    kept.update(history);
    const anew = Tally.of(history);
    for (const run of Object.keys(history.runs))
      expect(kept.tokensOf(run)).toEqual(anew.tokensOf(run));
    for (const who of Object.keys(history.members))
      expect(kept.deedsOf(who)).toEqual(anew.deedsOf(who));
  }
  const done = Object.keys(history.members).map((who) => kept.deedsOf(who));
  expect(done.some(({ tokens }) => tokens > 0)).toBe(true);
  expect(done.some(({ verdicts }) => verdicts > 0)).toBe(true);
});
