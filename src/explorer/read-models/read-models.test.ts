/** The read models on books that a whole story produced. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeEvent } from '../../events/decode-event.ts';
import type { LogPosition } from '../../events/ids.ts';
import { leafHash } from '../../events/merkle.ts';
import { splitRecording } from '../../events/recording.ts';
import { emptyBooks, must } from '../../projections/books.ts';
import { foldWhole } from '../../projections/fold.ts';
import { balanceOf } from '../../projections/balances.ts';
import { earnedBy, escrowOf, walletOf } from '../../commands/rules/money/accounts.ts';
import { Folding, nothingOf } from '../folding.ts';
import { LEDGER } from '../../testing/desk.ts';
import { tellAll, StoryLedger } from '../../testing/story-ledger.ts';
import type { Overview } from './overview.ts';
import { overviewOf } from './overview.ts';
import { windowView } from './window.ts';

const ledger = new StoryLedger();
const folding = new Folding(nothingOf(LEDGER));
let overview: Overview;

beforeAll(async () => {
  await tellAll(ledger);
  const { lines } = ledger.story.desk;
  const events = lines.map((line) => {
    const event = decodeEvent(line);
    if (event._tag === 'Left') throw new Error(event.left.message);
    return event.right;
  });
  const tree = folding.tree.clone();
  const leaves = lines.map((line) => leafHash(line));
  for (const leaf of leaves) tree.append(leaf);
  folding.take([{ first: 0, position: 1 as LogPosition, lines, leaves, events, tree }]);
  overview = overviewOf(folding.folded());
});

const named = (name: string) =>
  must(
    overview.contributors.find((contributor) => contributor.name === name),
    name,
  );

describe('run', () => {
  it('says how far it is and what it learned', () => {
    expect(overview.runs).toHaveLength(1);
    expect(overview.runs[0]).toMatchObject({
      run: 'r',
      state: 'completed',
      revision: 5,
      windowsReconciled: 6,
      windowsTotal: 6,
      heldOutLossFirstMicroNats: 6_238_000,
      heldOutLossNowMicroNats: 4_480_000,
      gainBps: 2818,
      // Six windows of three slots; the altered delta counts as the quorum recomputed it.
      tokensCounted: 6 * 3 * 192,
    });
    expect(overview.runs[0]?.revisions.map(({ window }) => window)).toEqual([null, 0, 1, 2, 4, 5]);
  });
});

describe('window', () => {
  it('names who judged a rejected contribution, why, and what counted instead', () => {
    const row = must(overview.windows[1]?.assignments[0], 'slot 0');
    expect(row).toMatchObject({ disposition: 'rejected', reasons: ['digest_mismatch'] });
    expect(row.counted).not.toBe(row.submission?.delta);
    expect(row.challenge?.verdicts.map(({ disposition }) => disposition)).toEqual([
      'rejected',
      'rejected',
    ]);
    expect(
      row.challenge?.verdicts.every(({ validator }) => validator.name.startsWith('validator-')),
    ).toBe(true);
  });

  it('shows the assignment of the dead as superseded beside the one that took its place', () => {
    const slot = must(overview.windows[2], 'window').assignments.filter((row) => row.slot === 0);
    expect(slot.map(({ state, current, attempt }) => ({ state, current, attempt }))).toEqual([
      { state: 'superseded', current: false, attempt: 0 },
      { state: 'resolved', current: true, attempt: 1 },
    ]);
    expect(slot[0]?.reasons).toEqual(['lease_ended']);
  });

  it('shows the verdict of a mistaken validator beside those that outvoted it', () => {
    const called = must(overview.windows[4], 'window').assignments.find(
      ({ challenge }) => challenge?.verdicts.length === 3,
    );
    expect(called?.disposition).toBe('accepted');
    expect(called?.challenge?.verdicts.map(({ disposition }) => disposition).sort()).toEqual([
      'accepted',
      'accepted',
      'rejected',
    ]);
  });

  it('tells promoted from held', () => {
    expect(overview.windows.map(({ promotion }) => promotion?.decision)).toEqual([
      'promoted_revision',
      'promoted_revision',
      'promoted_revision',
      'held_no_promotion',
      'promoted_revision',
      'promoted_revision',
    ]);
  });
});

describe('contributor', () => {
  it('shows the cheat barred, fined and without pay', () => {
    const barred = overview.contributors.filter((one) => Object.keys(one.quarantine).length > 0);
    expect(barred).toHaveLength(1);
    expect(barred[0]).toMatchObject({ rejected: 1, paid: '0', escrow: '75000000' });
    // Whatever the draw had given it to do before, none of it is paid.
    const { participant, work } = must(barred[0], 'cheat');
    const { balances } = folding.folded().books.rewards;
    const earned = balances[`work:${earnedBy('r', participant)}`]?.credits ?? '0';
    expect(work).toEqual({ unsettled: '0', settled: '0', forfeited: earned });
  });

  it('accounts for every credit: earned = unsettled + settled + forfeited', () => {
    for (const { participant, work, audit } of overview.contributors)
      for (const [unit, credit] of [
        ['work', work],
        ['audit', audit],
      ] as const) {
        const balance = folding.books.rewards.balances[`${unit}:${earnedBy('r', participant)}`];
        const sum = BigInt(credit.unsettled) + BigInt(credit.settled) + BigInt(credit.forfeited);
        expect(sum.toString()).toBe(balance?.credits ?? '0');
      }
  });

  it('keeps statements whose lines sum to the balances', () => {
    for (const { participant } of overview.contributors) {
      const lines = folding.folded().statements.get(participant) ?? [];
      const sum = (account: string, unit: string): bigint =>
        lines
          .filter((line) => line.account === account && line.unit === unit)
          .reduce((total, line) => total + BigInt(line.amount), 0n);
      expect(sum('wallet', 'micro')).toBe(balanceOf(folding.books, 'micro', walletOf(participant)));
      expect(sum('escrow', 'micro')).toBe(balanceOf(folding.books, 'micro', escrowOf(participant)));
      expect(sum('earned', 'work')).toBe(
        balanceOf(folding.books, 'work', earnedBy('r', participant)),
      );
    }
  });

  it('lists workers before validators, by name', () => {
    expect(overview.contributors.map(({ name }) => name)).toEqual([
      'worker-0',
      'worker-1',
      'worker-2',
      'worker-3',
      'validator-0',
      'validator-1',
      'validator-2',
    ]);
    expect(named('validator-0').verdicts).toBeGreaterThan(0);
  });
});

describe('period, feed and head', () => {
  it('shows payouts that sum to the pool', () => {
    const [period] = overview.periods;
    const sum = must(period, 'period').payouts.reduce(
      (total, payout) => total + BigInt(payout.total),
      0n,
    );
    expect(period).toMatchObject({ state: 'settled', paid: '1000000000', remainder: '0' });
    expect(sum).toBe(1_000_000_000n);
  });

  it('ends the feed with the last entry, names in place of keys', () => {
    expect(overview.feed.at(-1)).toMatchObject({
      sequence: overview.head.size - 1,
      type: 'daybook.run.completed.v1',
      actorName: 'authority',
    });
    expect(overview.feed.every(({ about }) => !/U[A-Z2-7]{55}/.test(about))).toBe(true);
  });

  it('has the root of the tree that the desk grew', () => {
    const root = Buffer.from(ledger.story.desk.state.tree.root());
    expect(overview.head.rootBase64).toBe(root.toString('base64'));
    expect(overview.head.rootHex).toBe(root.toString('hex'));
  });
});

describe('a disputed rejection', () => {
  it('says how it ended beside why it was rejected', () => {
    const recording = new URL('../../../fixtures/logs/disputes-won.ndjson', import.meta.url);
    const books = emptyBooks('disputes');
    for (const line of splitRecording(readFileSync(recording))) {
      const event = decodeEvent(line);
      if (event._tag === 'Left') throw new Error(event.left.message);
      foldWhole(books, event.right);
    }
    const rejected = Object.values(books.windows)
      .flatMap((window) => windowView(books, window).assignments)
      .filter(({ disposition }) => disposition === 'rejected');
    expect(rejected).toHaveLength(2);
    for (const { reasons } of rejected)
      expect(reasons).toEqual(
        expect.arrayContaining(['digest_mismatch', 'dispute_claimant_right']),
      );
  });
});
