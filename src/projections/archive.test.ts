/**
 * Books that follow what is alive: a long run leaves as much in them as a shorter one, everything that
 * left can be proved from what stayed, money still balances, and ledgers of the first rules keep all.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { ANCHOR_STEP, COMMAND_HORIZON, tagged } from '../events/command-tag.ts';
import { CompactRange } from '../events/merkle.ts';
import { inclusionProof, subtreesOf, verifyInclusion } from '../events/proofs.ts';
import { Cast } from '../testing/cast.ts';
import { Desk, LEDGER, NONCE, testPlan } from '../testing/desk.ts';
import { DisputeCase } from '../testing/dispute-case.ts';
import { longRun } from '../testing/long-run.ts';
import { giveUpRuns } from '../testing/story.ts';
import {
  archivedLeaf,
  ENDED_RUNS_KEPT,
  PERIODS_KEPT,
  REVISIONS_KEPT,
  WINDOWS_KEPT,
} from './archive.ts';
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

/** A run through to its end, and as many given up after it as push it out of the books. */
function runsEnded(rules: number): { ended: Desk; held: Books } {
  const cast = new Cast(new Desk().open({}, rules), 2, 2);
  const { desk: ended } = cast;
  ended.plan({ windows: 1 });
  for (const key of cast.everybody) ended.join(key);
  ended.tick();
  const [slot] = cast.slots as [string];
  cast.train(slot, 'an altered delta');
  for (const other of cast.slots.slice(1)) cast.train(other);
  cast.reveal();
  ended.tick();
  cast.judge();
  cast.aggregate(4_000_000, 3_900_000);
  ended.tick();
  expect(ended.books.runs['r']?.state).toBe('completed');
  giveUpRuns(ended, ENDED_RUNS_KEPT);
  const held = emptyBooks(LEDGER);
  for (const event of ended.events) foldWhole(held, event);
  return { ended, held };
}

describe('runs that are over', () => {
  const { ended, held } = runsEnded(3);
  const { books: left } = ended;

  it('leave with all that belongs to them when too many are', () => {
    expect(Object.keys(left.runs)).toEqual(left.endedRuns);
    expect(left.endedRuns).toHaveLength(ENDED_RUNS_KEPT);
    expect(left.archivedRuns).toEqual({ r: left.ledger.size - 1 });
    expect(left.windows).toEqual({});
    expect(left.rewards.periods).toEqual({});
    expect(Object.keys(left.rewards.balances).filter((name) => /\/r(\/|$)/.test(name))).toEqual([]);
    expect(Object.values(left.members).map(({ quarantine }) => ({ ...quarantine }))).toEqual(
      Object.values(left.members).map(() => ({})),
    );
    expect(Object.values(held.members).some(({ quarantine }) => 'r' in quarantine)).toBe(true);
    const { windows, periods, revisions, runs } = must(left.archive, 'archive');
    expect([windows?.size, periods?.size, revisions?.size, runs?.size]).toEqual([1, 1, 2, 1]);
  });

  it('can be proved from what stayed, and their money still balances', () => {
    const range = CompactRange.deserialise(must(left.archive?.runs, 'runs'));
    if (isLeft(range)) throw new Error(range.left.message);
    expect(range.right.root()).toEqual(archivedLeaf(held.runs['r']));
    const sums: Record<string, bigint> = {};
    for (const [account, { debits, credits }] of Object.entries(left.rewards.balances)) {
      const unit = account.slice(0, account.indexOf(':'));
      sums[unit] = (sums[unit] ?? 0n) + BigInt(credits) - BigInt(debits);
    }
    expect(sums).toEqual({ micro: 0n, work: 0n, audit: 0n });
  });

  it('never come again, and nothing can be said about them', () => {
    const { operator } = ended;
    expect(ended.say(operator, 'daybook.run.planned.v1', testPlan)).toMatchObject({
      code: 'run_already_planned',
    });
    expect(
      ended.say(operator, 'daybook.run.failed.v1', { run: 'r', reason: 'late' }),
    ).toMatchObject({ code: 'run_state_forbids' });
  });

  it('stay in a ledger of the rules before', () => {
    const { ended: before } = runsEnded(2);
    expect(before.books.runs['r']?.state).toBe('completed');
    expect(before.books).not.toHaveProperty('endedRuns');
    expect(Object.keys(before.books.windows)).toEqual(['r/0']);
  });
});

it('keeps the window of an open dispute, and lets it go when that is over', () => {
  const found = DisputeCase.rejected({}, 4, {
    windows: WINDOWS_KEPT + 3,
  });
  found.open();
  found.cast.aggregate(4_000_000, 3_990_000);
  found.desk.tick();
  const play = (window: number): void => {
    found.cast.play(3_990_000, 3_990_000);
    found.desk.tick();
    found.cast.heartbeat(window);
  };
  for (let window = 1; window < WINDOWS_KEPT + 2; window += 1) play(window);
  const { desk: disputed } = found;
  expect(disputed.books.windows['r/0']).toBeDefined();
  expect(disputed.books.windows['r/1']).toBeUndefined();
  expect(disputed.books.archive?.windows?.size).toBe(1);
  found.answerAll();
  found.findAll('result_wrong', 'stands');
  play(WINDOWS_KEPT + 2);
  expect(disputed.books.windows['r/0']).toBeUndefined();
  expect(disputed.books.archive?.windows?.size).toBe(3);
  expect(found.open()).toMatchObject({ code: 'assignment_unknown' });
});
