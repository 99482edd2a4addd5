/**
 * Snapshots: what comes out is what went in, a ledger that goes on from one goes on the same, and no
 * bytes make decoding do anything but answer.
 */
import * as fc from 'fast-check';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import type { MachineState } from '../commands/machine.ts';
import { digestOf } from '../events/digest.ts';
import type { LedgerId, LogPosition } from '../events/ids.ts';
import { DisputeCase } from '../testing/dispute-case.ts';
import { DeskStory } from '../testing/desk-story.ts';
import { LEDGER } from '../testing/desk.ts';
import type { Desk } from '../testing/desk.ts';
import { stories } from '../testing/stories.ts';
import { wholeStory } from '../testing/story.ts';
import type { Books } from './books.ts';
import { emptyBooks } from './books.ts';
import { NAMED_BOOKS } from './books-outline.ts';
import { foldInto } from './fold.ts';
import type { Snapshot } from './snapshot.ts';
import { BOOKS_VERSION, decodeSnapshot, encodeSnapshot } from './snapshot.ts';

const position = 7 as LogPosition;
const { desk } = wholeStory();
/** Ends of all stories. */
const told = Object.values(stories).map((play) => play().state);
const snapshotOf = (state: MachineState): Snapshot => ({
  ...state,
  ledger: LEDGER,
  position,
  views: {},
});

function encoded(state: MachineState): Buffer {
  const bytes = encodeSnapshot(snapshotOf(state));
  if (isLeft(bytes)) throw new Error(bytes.left.message);
  return Buffer.from(bytes.right);
}

function restored(state: MachineState): MachineState {
  const snapshot = decodeSnapshot(encoded(state), LEDGER);
  if (isLeft(snapshot)) throw new Error(`${snapshot.left.code}: ${snapshot.left.message}`);
  const { books, tree, roots } = snapshot.right;
  return { books, tree, roots };
}

/** The story's end, folded anew on a private copy. */
function refolded(): MachineState {
  const books = emptyBooks(LEDGER);
  for (const event of desk.events) foldInto(books, event);
  return { ...desk.state, books };
}

const codeOf = (bytes: Uint8Array, ledger = LEDGER): string => {
  const decoded = decodeSnapshot(bytes, ledger);
  return isLeft(decoded) ? decoded.left.code : 'right';
};

const valid = JSON.parse(Buffer.from(encoded(desk.state)).toString()) as Record<string, never>;
const altered = (change: Record<string, unknown>): Uint8Array =>
  Buffer.from(JSON.stringify({ ...valid, ...change }));

const LONG = { debits: '9'.repeat(1_000_000), credits: '0' };

type Visit = (path: string, value: unknown) => void;

/** Every value in the books with its path; `*` stands for a name that a party chose, or an index. */
function visit(value: unknown, path: string, each: Visit): void {
  each(path, value);
  if (typeof value !== 'object' || value === null) return;
  const isNamed = Array.isArray(value) || Object.getPrototypeOf(value) === null;
  for (const [name, child] of Object.entries(value))
    visit(child, [path, isNamed ? '*' : name].filter((part) => part !== '').join('.'), each);
}

function namedIn(books: Books): Set<string> {
  const found = new Set<string>();
  visit(books, '', (path, value) => {
    if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null)
      found.add(path);
  });
  return found;
}

/** What the books look like: every path with the kinds of value there. */
function layoutOf(several: readonly Books[]): string {
  const found = new Set<string>();
  for (const books of several)
    visit(books, '', (path, value) =>
      found.add(`${path}: ${value === null ? 'null' : typeof value}`),
    );
  return [...found].sort().join('\n');
}

describe('a snapshot', () => {
  it('gives the state back, and equal folds give equal bytes', () => {
    const bytes = encoded(desk.state);
    const state = restored(desk.state);
    expect(state.books).toEqual(desk.books);
    expect(state.tree.serialise()).toEqual(desk.state.tree.serialise());
    expect(encoded(state).equals(bytes)).toBe(true);
    expect(encoded(refolded()).equals(bytes)).toBe(true);
  });

  it('keeps names free of what objects inherit, wherever the books are keyed by names', () => {
    const disputed = DisputeCase.rejected();
    disputed.open();
    const states = [...told, disputed.desk.state];
    const named = (of: typeof states): Set<string> =>
      new Set(of.flatMap(({ books }) => [...namedIn(books)]));
    expect(named(states)).toEqual(new Set(NAMED_BOOKS));
    expect(named(states.map(restored))).toEqual(new Set(NAMED_BOOKS));
  });

  it('is of the books that its version stands for', () => {
    // The layout changed on purpose? Then raise BOOKS_VERSION and write the new pair here.
    const layout = digestOf(Buffer.from(layoutOf(told.map(({ books }) => books))));
    expect([BOOKS_VERSION, layout.slice(0, 23)]).toEqual([4, 'sha256:bb9c582740440701']);
  });
});

/** Its entries; the signs of a text are compared at once, those of lists of bytes one by one. */
const textOf = ({ lines }: Desk): string =>
  lines.map((line) => Buffer.from(line).toString()).join('\n');

/** A run of three windows; `between` is called after each thing that happens. */
function played(between: (story: DeskStory) => void): DeskStory {
  const story = new DeskStory({ windows: 3 });
  const { desk: at } = story;
  between(story);
  for (const [before, after] of [
    [6_000_000, 5_000_000],
    [5_000_000, 4_000_000],
    [4_000_000, 3_900_000],
  ] as const) {
    const scenes = [
      () => at.pass(1000),
      () => story.train(before),
      () => story.live(5),
      () => story.reveal(),
      () => at.tick(),
      () => story.judge(),
      () => story.aggregate(before, after),
      () => at.pass(500),
      () => at.tick(),
    ];
    for (const scene of scenes) {
      scene();
      between(story);
    }
  }
  return story;
}

it('a ledger that starts again from a snapshot at any moment goes on to the same entries', () => {
  const straight = played(() => {});
  const interrupted = played(({ desk: at }) => {
    at.state = restored(at.state);
  });
  expect(textOf(interrupted.desk)).toBe(textOf(straight.desk));
  expect(interrupted.desk.state.tree.root()).toEqual(straight.desk.state.tree.root());
  // Roots that seed nothing any more are let go.
  expect(interrupted.desk.state.roots.size).toBeLessThan(straight.desk.state.roots.size);
});

describe('bytes that are no snapshot to start from', () => {
  const wrong: Record<string, [string, Uint8Array]> = {
    nothing: ['snapshot_malformed', new Uint8Array()],
    'no object': ['snapshot_malformed', Buffer.from('[]')],
    'no UTF-8': ['snapshot_malformed', Buffer.from([0x7b, 0xff, 0x7d])],
    'nested without end': ['snapshot_malformed', Buffer.from('['.repeat(100_000))],
    'another format': ['snapshot_other_version', altered({ format: 2 })],
    'books of another version': ['snapshot_other_version', altered({ versions: { books: 0 } })],
    'a view nobody keeps': [
      'snapshot_other_version',
      altered({ versions: { books: BOOKS_VERSION, constructor: 1 }, views: { constructor: {} } }),
    ],
    'another ledger': ['snapshot_wrong_ledger', altered({ ledger: 'other' })],
    'no range': ['snapshot_malformed', altered({ range: null })],
    'a root that is not its own': ['snapshot_wrong_root', altered({ root: 'A'.repeat(43) + '=' })],
    'no position': ['snapshot_malformed', altered({ position: 0 })],
    'roots of entries to come': ['snapshot_malformed', altered({ roots: [[1e9, 'AA==']] })],
    'views that are not named': ['snapshot_malformed', altered({ views: { explorer: {} } })],
    'a book too few': ['snapshot_malformed', altered({ books: { ledger: {} } })],
    'a book of another kind': [
      'snapshot_malformed',
      altered({ books: { ...desk.books, members: [] } }),
    ],
    'a time without end': [
      'snapshot_malformed',
      Buffer.from(
        encoded(desk.state)
          .toString()
          .replace(/"clockMs":\d+/, '"clockMs":1e400'),
      ),
    ],
    'a window that is written as nothing': [
      'snapshot_malformed',
      Buffer.from(encoded(desk.state).toString().replace('"windows":{', '"windows":{"w":1e400,')),
    ],
    'a run that is nothing': [
      'snapshot_malformed',
      altered({ books: { ...desk.books, runs: { r: null } } }),
    ],
    'an amount that takes minutes to be added': [
      'snapshot_malformed',
      altered({
        books: { ...desk.books, rewards: { ...desk.books.rewards, balances: { a: LONG } } },
      }),
    ],
    'books of another size': [
      'snapshot_malformed',
      altered({
        books: { ...desk.books, ledger: { ...desk.books.ledger, size: 1 } },
      }),
    ],
  };
  it.each(Object.entries(wrong))('%s', (_, [code, bytes]) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it('of another ledger than the one asked for', () => {
    expect(codeOf(encoded(desk.state), 'other' as LedgerId)).toBe('snapshot_wrong_ledger');
  });

  it('never throws, wherever bytes are altered, cut or put in', () => {
    const bytes = encoded(desk.state);
    const edit = fc.record({
      at: fc.nat(bytes.byteLength - 1),
      cut: fc.nat(40),
      put: fc.uint8Array({ maxLength: 8 }),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let spoiled: Uint8Array = bytes;
        for (const { at, cut, put } of edits)
          spoiled = Buffer.concat([spoiled.subarray(0, at), put, spoiled.subarray(at + cut)]);
        const decoded = decodeSnapshot(spoiled, LEDGER);
        if (isRight(decoded)) expect(decoded.right.tree.root()).toEqual(desk.state.tree.root());
      }),
      { numRuns: 200 },
    );
  });
});
