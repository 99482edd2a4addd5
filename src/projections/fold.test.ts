/**
 * The fold engine's law: the live fold (immer, structural sharing) and the fold into a private
 * mutable copy give the same books, however the events are batched; and no state given away is
 * ever written to.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../events/canonical-json.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import { LEDGER } from '../testing/desk.ts';
import { wholeStory } from '../testing/story.ts';
import type { Books } from './books.ts';
import { emptyBooks } from './books.ts';
import { commandRecord } from './command-book.ts';
import { fold, foldInto } from './fold.ts';

const { desk } = wholeStory();
const { events } = desk;

function privately(some: readonly LedgerEvent[]): Books {
  const books = emptyBooks(LEDGER);
  for (const event of some) foldInto(books, event);
  return books;
}

/** Where to cut the story into batches: ascending positions in it. */
const cuts = fc
  .uniqueArray(fc.nat(events.length), { maxLength: 12 })
  .map((positions) => positions.sort((a, b) => a - b));

describe('the fold', () => {
  it('gives the same books live as on a private copy, at every prefix and in any batches', () => {
    fc.assert(
      fc.property(cuts, (positions) => {
        let live = emptyBooks(LEDGER);
        let from = 0;
        for (const to of positions) {
          live = fold(live, events.slice(from, to));
          expect(live).toEqual(privately(events.slice(0, to)));
          from = to;
        }
      }),
      { numRuns: 30 },
    );
  });

  it('of the whole story is what the desk arrived at, one event at a time', () => {
    expect(privately(events)).toEqual(desk.books);
  });

  it('makes books that are JSON, and the same JSON', () => {
    const once = canonicalJson(privately(events) as never);
    expect(canonicalJson(JSON.parse(once) as never)).toBe(once);
    expect(once).toBe(canonicalJson(desk.books as never));
  });

  it('leaves what it was given as it was', () => {
    fc.assert(
      fc.property(fc.nat(events.length - 1), (at) => {
        const before = fold(emptyBooks(LEDGER), events.slice(0, at));
        const text = canonicalJson(before as never);
        fold(before, events.slice(at, at + 5));
        expect(canonicalJson(before as never)).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  it('shares what did not change', () => {
    const beat = events.findLastIndex(({ type }) => type === 'daybook.participant.heartbeated.v1');
    const before = fold(emptyBooks(LEDGER), events.slice(0, beat));
    const after = fold(before, events.slice(beat, beat + 1));
    expect(after.members).not.toBe(before.members);
    expect(after.windows).toBe(before.windows);
    expect(after.rewards).toBe(before.rewards);
  });

  it('takes entries in their order only', () => {
    expect(() => privately(events.slice(1))).toThrow('invariant');
    expect(() => privately([...events.slice(0, 2), ...events.slice(1)])).toThrow('invariant');
  });

  it('knows of every command what it led to', () => {
    const leading = events.filter((event) => event.causationid === undefined);
    for (const { commandid, sequence, sig } of leading) {
      const count = events.filter((event) => event.commandid === commandid).length;
      expect(commandRecord(desk.books, commandid)).toEqual({ sequence, count, sig });
    }
  });
});
