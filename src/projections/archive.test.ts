/**
 * Books that follow what is alive: a long run leaves as much in them as a shorter one, everything that
 * left can be proved from what stayed, money still balances, and ledgers of the first rules keep all.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { ANCHOR_STEP, COMMAND_HORIZON, tagged } from '../events/command-tag.ts';
import { CompactRange } from '../events/merkle.ts';
import { inclusionProof, subtreesOf, verifyInclusion } from '../events/proofs.ts';
import { Cast } from '../testing/cast.ts';
import { Desk, LEDGER, NONCE } from '../testing/desk.ts';
import { longRun } from '../testing/long-run.ts';
import { archivedLeaf, PERIODS_KEPT, REVISIONS_KEPT, WINDOWS_KEPT } from './archive.ts';
import type { Books } from './books.ts';
import { emptyBooks, must, revisionOf } from './books.ts';
import { commandRecord, generationOf } from './command-book.ts';
import { foldInto, foldWhole } from './fold.ts';

const WINDOWS = 150;
const desk = longRun(WINDOWS);
const whole = emptyBooks(LEDGER);
for (const event of desk.events) foldWhole(whole, event);
const { books } = desk;

it('keeps the newest of each kind and archives the rest, in order', () => {
  expect(Object.keys(books.windows)).toHaveLength(WINDOWS_KEPT);
  expect(Object.keys(books.rewards.periods)).toHaveLength(PERIODS_KEPT);
  expect(books.runs['r']?.revisions).toHaveLength(REVISIONS_KEPT);
  expect(books.archive).toMatchObject({
    windows: { size: WINDOWS - WINDOWS_KEPT },
    periods: { size: WINDOWS - PERIODS_KEPT },
    revisions: { size: WINDOWS + 1 - REVISIONS_KEPT },
  });
  expect(Object.keys(whole.windows)).toHaveLength(WINDOWS);
  expect(books.runs['r']?.dispositionsArchived).toEqual({ accepted: 2 * (WINDOWS - WINDOWS_KEPT) });
});

it('finds the initial revision and those that stay by their numbers', () => {
  const run = must(books.runs['r'], 'run');
  for (const number of [0, WINDOWS + 2 - REVISIONS_KEPT, WINDOWS])
    expect(revisionOf(run, number)).toEqual(whole.runs['r']?.revisions[number]);
});

it('proves every archived window from what stayed in the books', () => {
  const stored = must(books.archive?.windows, 'archive');
  const range = CompactRange.deserialise(stored);
  if (isLeft(range)) throw new Error(range.left.message);
  const leaves = Array.from({ length: stored.size }, (_, window) =>
    archivedLeaf(whole.windows[`r/${window}`]),
  );
  const subtree = subtreesOf(leaves);
  leaves.forEach((leaf, index) => {
    const path = inclusionProof(index, stored.size, subtree);
    expect(verifyInclusion(leaf, index, stored.size, path, range.right.root())).toBe(true);
  });
});

it('balances with archived pools as it did with them', () => {
  const sums = (of: Books): Map<string, bigint> => {
    const sum = new Map<string, bigint>();
    for (const [account, { debits, credits }] of Object.entries(of.rewards.balances)) {
      const unit = account.split(':')[0] as string;
      sum.set(unit, (sum.get(unit) ?? 0n) + BigInt(credits) - BigInt(debits));
    }
    return sum;
  };
  expect([...sums(books).values()].every((sum) => sum === 0n)).toBe(true);
  expect(Object.keys(books.rewards.balances).length).toBeLessThan(
    Object.keys(whole.rewards.balances).length,
  );
});

it('forgets transfers from before the last settlement only', () => {
  const { transfers, settledSequence = 0 } = books.rewards;
  const ids = Object.keys(whole.rewards.transfers);
  expect(Object.keys(transfers).length).toBeLessThan(ids.length / 10);
  const recent = ids.filter((id) => (whole.rewards.transfers[id] ?? 0) >= settledSequence);
  expect(recent.every((id) => transfers[id] !== undefined)).toBe(true);
});

/** Heartbeats of one node only: what an idle ledger is made of. */
function idle(entries: number): { books: Books; idOf: (sequence: number) => string } {
  const quiet = new Desk().open();
  const key = quiet.admit('worker', 'w');
  quiet.join(key);
  const one = must(quiet.heartbeat(key, 1)[0], 'beat');
  const alone = emptyBooks(LEDGER);
  for (const event of quiet.events) foldInto(alone, event);
  const from = alone.ledger.size;
  const idOf = (sequence: number): string => tagged(`beat-${sequence}`, NONCE, sequence);
  for (let sequence = from; sequence < from + entries; sequence += 1)
    foldInto(alone, { ...one, sequence, commandid: idOf(sequence) } as never);
  return { books: alone, idOf };
}

it('remembers command ids for the whole horizon and not much longer', () => {
  const entries = 2 * COMMAND_HORIZON;
  const { books: quiet, idOf } = idle(entries);
  const { size } = quiet.ledger;
  for (let back = 1; back <= COMMAND_HORIZON; back += 977)
    expect(commandRecord(quiet, idOf(size - back))).toMatchObject({ sequence: size - back });
  const kept = Object.values(quiet.recent ?? {}).flat().length;
  expect(kept).toBeGreaterThanOrEqual(COMMAND_HORIZON);
  expect(kept).toBeLessThan(COMMAND_HORIZON + 3 * ANCHOR_STEP);
  expect(quiet.archive?.commands?.size).toBe(generationOf(size - COMMAND_HORIZON));
});

it('keeps everything in a ledger of the first rules', () => {
  const { desk: old } = new Cast(new Desk().openFirst(), 2, 2);
  const one = must(old.events[0], 'event');
  const first = emptyBooks(LEDGER);
  for (const event of old.events) foldInto(first, event);
  expect(first.archive).toBeUndefined();
  expect(first.ledger).not.toHaveProperty('rules');
  expect(one.type).toBe('daybook.ledger.opened.v1');
});
