/**
 * Laws of every story: the live fold is the replay, snapshots come back, the auditor decides the same,
 * both engines decide the same; and money is neither made nor lost. A new story is held to them by its
 * line in stories.ts.
 */
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../events/canonical-json.ts';
import type { JsonValue } from '../events/canonical-json.ts';
import { catalogue } from '../events/catalogue.ts';
import { LedgerMachine } from '../commands/ledger-machine.ts';
import type { Command } from '../commands/command.ts';
import type { Books } from '../projections/books.ts';
import { emptyBooks } from '../projections/books.ts';
import { restoreBooks } from '../projections/books-outline.ts';
import { fold, foldInto } from '../projections/fold.ts';
import { redecide } from '../roles/audit/replay.ts';
import { LEDGER } from './desk.ts';
import { stories } from './stories.ts';

const text = (books: Books): string => canonicalJson(books as unknown as JsonValue);

describe.each(Object.entries(stories))('the story of %s', (_name, play) => {
  const desk = play();
  const { events, lines } = desk;
  const live = text(desk.books);

  it('is folded alike event by event, at once and in place', () => {
    const replayed = emptyBooks(LEDGER);
    for (const event of events) foldInto(replayed, event);
    expect(text(replayed)).toBe(live);
    expect(text(fold(emptyBooks(LEDGER), events))).toBe(live);
  });

  it('comes back from a snapshot', () => {
    const restored = restoreBooks(JSON.parse(live), LEDGER);
    expect(restored && text(restored)).toBe(live);
  });

  it('is decided again to the same lines by the auditor', () => {
    const entries = events.map((event, at) => ({ event, line: lines[at] as Uint8Array }));
    expect(text(redecide(entries).books)).toBe(live);
  });

  it('is decided alike in place', () => {
    const machine = LedgerMachine.empty(LEDGER);
    for (const event of events) {
      if (event.causationid !== undefined) continue;
      const { commandid: id, actor, sig = '', type, data, time } = event;
      const command = { id, ledger: LEDGER, actor, sig, fact: { type, data } } as Command;
      const decided = machine.decide(command, Date.parse(time));
      expect(decided._tag).toBe('Right');
    }
    expect(text(machine.ahead.books)).toBe(live);
  });

  it('keeps debits and credits equal in every unit', () => {
    const sums = new Map<string, bigint>();
    for (const [name, { debits, credits }] of Object.entries(desk.books.rewards.balances)) {
      const unit = name.slice(0, name.indexOf(':'));
      sums.set(unit, (sums.get(unit) ?? 0n) + BigInt(credits) - BigInt(debits));
    }
    expect([...sums.values()].filter((sum) => sum !== 0n)).toEqual([]);
  });
});

it('every type of the catalogue that is still written occurs in a story', () => {
  const told = new Set(
    Object.values(stories).flatMap((play) => play().events.map(({ type }) => type)),
  );
  const missing = [...catalogue.values()].filter(
    ({ type, retired }) => !retired && !told.has(type),
  );
  expect(missing.map(({ type }) => type)).toEqual([]);
});
