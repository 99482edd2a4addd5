/**
 * The fold on its two engines, as ratios in the same run: a private mutable state, immer with one
 * produce a commit of 100 events, and immer with one produce an event (the baseline).
 *   node bench/fold.ts
 * Decoded events in memory, after all participants have joined; medians of nine passes.
 */
import type { LedgerEvent } from '../src/events/catalogue.ts';
import type { Books } from '../src/projections/books.ts';
import { emptyBooks } from '../src/projections/books.ts';
import { copyBooks } from '../src/projections/copy-books.ts';
import { fold, foldInto } from '../src/projections/fold.ts';
import { ledgerMix, MIX_LEDGER } from './ledger-mix.ts';

const PASSES = 9;
const COMMIT = 100;
const MUTABLE_EVENTS = 200_000;

/** Median events a second of folding these after the setup. */
function rate(pass: () => () => number): number {
  pass()();
  const rates = Array.from({ length: PASSES }, () => {
    const run = pass();
    const start = performance.now();
    const events = run();
    return (events / (performance.now() - start)) * 1000;
  });
  return rates.sort((a, b) => a - b)[PASSES >> 1] as number;
}

function inPlace(before: Books, events: readonly LedgerEvent[]): () => number {
  const books = copyBooks(before);
  return () => {
    for (const event of events) foldInto(books, event);
    return events.length;
  };
}

function immer(before: Books, events: readonly LedgerEvent[], group: number): () => number {
  return () => {
    let books = before;
    for (let at = 0; at < events.length; at += group)
      books = fold(books, events.slice(at, at + group));
    return events.length;
  };
}

for (const participants of [100, 10_000]) {
  const { setup, mix } = ledgerMix(participants, MUTABLE_EVENTS);
  const before = emptyBooks(MIX_LEDGER);
  for (const event of setup) foldInto(before, event);
  const frozen = fold(copyBooks(before), []);
  const some = mix.slice(0, participants > 1000 ? 5_000 : 20_000);
  const few = mix.slice(0, participants > 1000 ? 100 : 1000);
  const rates = {
    'mutable state': rate(() => inPlace(before, mix)),
    [`immer, one produce a commit of ${COMMIT}`]: rate(() => immer(frozen, some, COMMIT)),
    'immer, one produce an event': rate(() => immer(frozen, few, 1)),
  };
  const baseline = rates['immer, one produce an event'] as number;
  process.stdout.write(`${participants} participants, ${mix.length} events\n`);
  for (const [what, events] of Object.entries(rates)) {
    const perSecond = Math.round(events).toString().padStart(9);
    process.stdout.write(
      `  ${what.padEnd(36)} ${perSecond} events/s   ${(events / baseline).toFixed(1)} x\n`,
    );
  }
}
