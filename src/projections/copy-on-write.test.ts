/**
 * Copy on write gives what immer gives: the books of a whole story at every prefix, and any JSON after
 * any writes. It leaves what it was given, and two values that change alike share the outcome.
 */
import * as fc from 'fast-check';
import { produce } from 'immer';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../events/canonical-json.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import { LEDGER } from '../testing/desk.ts';
import { wholeStory } from '../testing/story.ts';
import type { Books } from './books.ts';
import { byName, emptyBooks } from './books.ts';
import { fold, foldInto, foldWhole } from './fold.ts';
import { foldHistory } from './history.ts';
import { CopyOnWrite, sharing } from './copy-on-write.ts';

const { desk } = wholeStory();
const { events } = desk;

const text = (value: unknown): string => JSON.stringify(value);

interface Both {
  readonly books: Books;
  readonly history: Books;
}

/** As the explorer folds. */
function both({ books, history }: Both, some: readonly LedgerEvent[]): Both {
  const copies = new CopyOnWrite();
  const revise = (value: Books, recipe: (draft: Books) => void): Books => copies.of(value, recipe);
  return { books: fold(books, some, revise), history: foldHistory(history, some, revise) };
}

const nothing = (): Both => {
  const books = emptyBooks(LEDGER);
  return { books, history: books };
};

function privately(some: readonly LedgerEvent[]): Both {
  const [books, history] = [emptyBooks(LEDGER), emptyBooks(LEDGER)];
  for (const event of some) {
    foldInto(books, event);
    foldWhole(history, event);
  }
  delete history.recent;
  history.commands = byName();
  history.rewards.transfers = byName();
  return { books, history };
}

const cuts = fc
  .uniqueArray(fc.nat(events.length), { maxLength: 12 })
  .map((positions) => positions.sort((a, b) => a - b));

describe('books that are copied on write', () => {
  it('are those of a private copy, names in the same order, at every prefix and in any batches', () => {
    fc.assert(
      fc.property(cuts, (positions) => {
        let live = nothing();
        let from = 0;
        for (const to of positions) {
          if (to > from) live = both(live, events.slice(from, to));
          from = to;
          if (to === 0) continue;
          const own = privately(events.slice(0, to));
          expect(live).toEqual(own);
          expect(text(live)).toBe(text(own));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('leave what they were made of as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: events.length - 6 }), (at) => {
        const before = both(nothing(), events.slice(0, at));
        const was = text(before);
        both(before, events.slice(at, at + 5));
        expect(text(before)).toBe(was);
      }),
      { numRuns: 30 },
    );
  });

  it('share with the history what is alike, entry by entry', () => {
    let live = nothing();
    for (const event of events) {
      live = both(live, [event]);
      if (
        canonicalJson(live.books.members as never) !== canonicalJson(live.history.members as never)
      )
        continue;
      expect(live.books.members).toBe(live.history.members);
      expect(live.books.rewards.balances).toBe(live.history.rewards.balances);
    }
  });

  it('share it again after they were read from a snapshot', () => {
    const whole = both(nothing(), events.slice(0, 200));
    const books = JSON.parse(text(whole.books)) as Books;
    const history = sharing(JSON.parse(text(whole.history)) as Books, books);
    expect(text(history)).toBe(text(whole.history));
    expect(history.members).toBe(books.members);
    const next = both({ books, history }, events.slice(200, 210));
    expect(next.books.members).toBe(next.history.members);
  });
});

/** Something that a recipe does somewhere: steps are taken modulo what is there. */
interface Deed {
  readonly path: readonly number[];
  readonly does: 'set' | 'delete' | 'push' | 'splice' | 'move' | 'filter' | 'nest';
  readonly key: number;
  readonly value: unknown;
}

type Place = Record<string, unknown> | unknown[];
const isPlace = (value: unknown): value is Place => typeof value === 'object' && value !== null;

function follow(root: Place, path: readonly number[]): Place {
  let place = root;
  for (const step of path) {
    const inner = Object.values(place).filter(isPlace);
    if (inner.length === 0) return place;
    place = inner[step % inner.length] as Place;
  }
  return place;
}

function act(root: Place, { path, does, key, value }: Deed): void {
  const place = follow(root, path);
  const own = structuredClone(value);
  if (Array.isArray(place)) {
    if (does === 'push' || does === 'set') place.push(own);
    else if (does === 'splice') place.splice(key % (place.length + 1), 1, own, key);
    else if (does === 'filter')
      place.splice(0, place.length, ...place.filter((_, at) => at !== key));
    else if (does === 'move') place.reverse();
    else if (does === 'delete') place.pop();
    else place.push([own]);
    return;
  }
  const names = Object.keys(place);
  const name = names[key % Math.max(names.length, 1)] ?? 'first';
  if (does === 'delete') delete place[name];
  else if (does === 'move') place[`moved-${key % 3}`] = place[name];
  else if (does === 'nest') place[`in-${key % 3}`] = { own, of: [place[name]] };
  else if (does === 'splice') place[name] = own;
  else place[`key-${key}`] = own;
}

const json = fc.jsonValue({ maxDepth: 3 });
const deeds = fc.array(
  fc.record({
    path: fc.array(fc.nat(5), { maxLength: 3 }),
    does: fc.constantFrom('set', 'delete', 'push', 'splice', 'move', 'filter', 'nest'),
    key: fc.nat(6),
    value: json,
  }) as fc.Arbitrary<Deed>,
  { maxLength: 8 },
);
const values = fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), json, {
  maxKeys: 5,
  noNullPrototype: false,
});

describe('copy on write', () => {
  it('gives what immer gives of any value after any writes', () => {
    fc.assert(
      fc.property(values, deeds, (value, done) => {
        const was = text(value);
        const all = (draft: Place): void => done.forEach((deed) => act(draft, deed));
        const own = new CopyOnWrite().of(value as Place, all);
        expect(text(value)).toBe(was);
        expect(text(own)).toBe(text(produce(structuredClone(value) as Place, all)));
      }),
      { numRuns: 500 },
    );
  });

  it('gives to the second of two what its own recipe makes of it, alike or not', () => {
    fc.assert(
      fc.property(values, deeds, deeds, (value, first, second) => {
        const copies = new CopyOnWrite();
        copies.of(value as Place, (draft) => first.forEach((deed) => act(draft, deed)));
        const all = (draft: Place): void => second.forEach((deed) => act(draft, deed));
        const beside = copies.of(value as Place, all);
        expect(text(beside)).toBe(text(new CopyOnWrite().of(structuredClone(value) as Place, all)));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what was not written', () => {
    const base = { kept: { a: [1] }, written: { b: 1 } };
    const next = new CopyOnWrite().of(base, (draft) => {
      draft.written.b = 2;
      draft.kept.a[0] = 1;
    });
    expect(next.kept).toBe(base.kept);
    expect(next).toEqual({ kept: { a: [1] }, written: { b: 2 } });
    expect(Object.isFrozen(next.written)).toBe(true);
    expect(new CopyOnWrite().of(base, () => undefined)).toBe(base);
  });
});
