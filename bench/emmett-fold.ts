/**
 * The fold beside Emmett's (@event-driven-io/emmett): the same events and the same recipes, ours over
 * a private mutable copy as replay does it, Emmett's through `aggregateStream` of its in-memory event
 * store. Once with the immutable evolve that its documentation shows (here immer, one produce an
 * event), which is what an application pays; once with an evolve that changes the state in place, so
 * that only the store's own work differs. 10,000 participants have joined before the first event: the
 * state of a large run is what makes copying it dear.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { produce } from 'immer';
import type { LedgerEvent } from '../src/events/catalogue.ts';
import type { Books } from '../src/projections/books.ts';
import { emptyBooks } from '../src/projections/books.ts';
import { copyBooks } from '../src/projections/copy-books.ts';
import { fold, foldInto } from '../src/projections/fold.ts';
import { ledgerMix, MIX_LEDGER } from './ledger-mix.ts';
import { median } from './paired-median.ts';

const PARTICIPANTS = 10_000;
const ROUNDS = 5;
const OWN_EVENTS = 50_000;
/** Fewer where each event costs milliseconds. */
const IMMUTABLE_EVENTS = 200;
const TARGET = 20;

interface Recorded {
  readonly type: string;
  readonly data: LedgerEvent;
}
type Evolve = (books: Books, event: Recorded) => Books;
interface EventStore {
  appendToStream(stream: string, events: readonly Recorded[]): Promise<unknown>;
  aggregateStream(
    stream: string,
    options: { evolve: Evolve; initialState: () => Books },
  ): Promise<{ readonly state: Books }>;
}

const immutable: Evolve = (books, { data }) => produce(books, (draft) => foldInto(draft, data));
const inPlace: Evolve = (books, { data }) => {
  foldInto(books, data);
  return books;
};

/** Lines to print. */
export async function emmettRows(): Promise<string[]> {
  const packageFile = new URL('../extras/bench/package.json', import.meta.url);
  if (!existsSync(new URL('node_modules', packageFile)))
    return ['beside Emmett: not measured, it is not installed (npm ci --prefix extras/bench)'];
  const { getInMemoryEventStore: openStore } = createRequire(packageFile)(
    '@event-driven-io/emmett',
  ) as { getInMemoryEventStore: () => EventStore };
  const { setup, mix } = ledgerMix(PARTICIPANTS, OWN_EVENTS);
  const before = emptyBooks(MIX_LEDGER);
  for (const event of setup) foldInto(before, event);
  const frozen = fold(copyBooks(before), []);

  const own = (): Promise<number> => {
    const books = copyBooks(before);
    return rateOf(mix.length, async () => {
      for (const event of mix) foldInto(books, event);
    });
  };
  const theirs = async (evolve: Evolve, events: readonly LedgerEvent[], start: () => Books) => {
    const store = openStore();
    await store.appendToStream(
      'ledger',
      events.map((data) => ({ type: data.type, data })),
    );
    const initial = start();
    return rateOf(events.length, async () => {
      const { state } = await store.aggregateStream('ledger', {
        evolve,
        initialState: () => initial,
      });
      if (state.ledger.size !== setup.length + events.length) throw new Error('not all folded');
    });
  };
  const few = mix.slice(0, IMMUTABLE_EVENTS);
  await own();
  return [
    await row('fold, Emmett with immer', own, () => theirs(immutable, few, () => frozen), TARGET),
    await row('fold, Emmett in place', own, () => theirs(inPlace, mix, () => copyBooks(before))),
  ];
}

async function row(
  against: string,
  own: () => Promise<number>,
  theirs: () => Promise<number>,
  target?: number,
): Promise<string> {
  const rounds: { own: number; theirs: number }[] = [];
  await theirs();
  for (let round = 0; round < ROUNDS; round += 1)
    rounds.push({ own: await own(), theirs: await theirs() });
  const ratio = median(rounds.map((rates) => rates.own / rates.theirs));
  const [ownRate, theirRate] = [rounds.map((r) => r.own), rounds.map((r) => r.theirs)].map(
    (rates) => Math.round(median(rates)),
  );
  const promised = target === undefined ? '' : `   target ${target}`;
  return `${against.padEnd(34)} ${String(theirRate).padStart(9)}/s   our fold ${ownRate}/s is ${ratio.toFixed(1)} x that, ${PARTICIPANTS} participants${promised}`;
}

/** Events a second. */
async function rateOf(events: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (events / (performance.now() - start)) * 1000;
}
