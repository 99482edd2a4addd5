/** Ten thousand participants settle: in parts that fit their commits, each paid once, nothing lost. */
import { expect, it } from 'vitest';
import { MAX_COMMIT_BYTES, MAX_ENTRY_BYTES } from '../../../events/commit.ts';
import { balanceOf } from '../../../projections/balances.ts';
import { must } from '../../../projections/books.ts';
import { RUN } from '../../../testing/cast.ts';
import { crowdedClose, HELD } from '../../../testing/crowded-close.ts';
import { unvestedOf } from './vesting.ts';
import { walletOf } from './accounts.ts';

const MEMBERS = 10_000;

it('what is taken between two parts is not paid, and nothing is lost', () => {
  const { machine, tick, say } = crowdedClose(600);
  tick();
  const { due, posted } = must(machine.ahead.books.closings?.[RUN], 'closing');
  const { participant } = must(due[posted + 10], 'whose turn has not come');
  const stake = must(Object.keys(machine.ahead.books.rewards.transfers)[0], 'a transfer');
  const sequence = must(machine.ahead.books.rewards.transfers[stake], stake);
  say('daybook.correction.posted.v1', {
    correction: 'late',
    original: { transfer: stake, sequence, amount: '1000' },
    participant,
    effect: 'take',
    amount: '400',
    reason: 'counted_twice',
  });
  while (machine.ahead.books.closings?.[RUN] !== undefined) tick();
  const { books } = machine.ahead;
  expect(balanceOf(books, 'micro', walletOf(participant))).toBe(HELD - 400n);
  const { paid, pool } = must(books.rewards.periods[`${RUN}/0`], 'period');
  expect(paid).toBe(pool);
});

it('without terms of vesting many are paid at once, in parts too', () => {
  const { machine, tick } = crowdedClose(1000, false);
  const open = (): boolean => machine.ahead.books.closings?.[RUN] !== undefined;
  do tick();
  while (open());
  const { books } = machine.ahead;
  const { state, paid, payouts, parts } = must(books.rewards.periods[`${RUN}/0`], 'period');
  // Of many, the log has the list.
  expect({ state, payouts, parts }).toEqual({ state: 'settled', payouts: [], parts: 4 });
  const wallets = Object.keys(books.members).map((actor) =>
    balanceOf(books, 'micro', walletOf(actor)),
  );
  expect(wallets.reduce((sum, wallet) => sum + wallet, 0n)).toBe(BigInt(paid));
  expect(books.rings).toBeUndefined();
});

it('ten thousand participants are settled', () => {
  const { machine, tick } = crowdedClose(MEMBERS);
  const before = Object.keys(machine.ahead.books.members).length;
  const sizes: number[] = [];
  const types: string[] = [];
  const spent = process.cpuUsage();
  do {
    const { bytes, events, lines } = tick();
    sizes.push(bytes);
    for (const line of lines) expect(line.byteLength).toBeLessThan(MAX_ENTRY_BYTES);
    types.push(...events.map(({ type }) => type));
    // The run goes no further before its period is settled.
    if (machine.ahead.books.closings?.[RUN] !== undefined)
      expect(types).not.toContain('daybook.period.closed.v1');
  } while (machine.ahead.books.closings?.[RUN] !== undefined);
  const { user, system } = process.cpuUsage(spent);
  expect(Math.max(...sizes)).toBeLessThan(MAX_COMMIT_BYTES);
  expect(types.filter((type) => type === 'daybook.payout.listed.v1')).toHaveLength(
    Math.ceil((MEMBERS + 5) / 256),
  );
  expect(types.filter((type) => type === 'daybook.settlement.published.v2')).toHaveLength(1);

  const { books } = machine.ahead;
  expect(Object.keys(books.members)).toHaveLength(before);
  const { paid, pool, remainder, parts } = must(books.rewards.periods[`${RUN}/0`], 'period');
  expect([paid, remainder, parts]).toEqual([pool, '0', sizes.length]);
  let vested = 0n;
  let waiting = 0n;
  for (const actor of Object.keys(books.members)) {
    vested += balanceOf(books, 'micro', walletOf(actor));
    waiting += unvestedOf(books, actor);
  }
  expect([vested, waiting]).toEqual([HELD * BigInt(MEMBERS), BigInt(pool)]);
  // Of the processor, whatever else it does: seconds on a slow machine; a quadratic rule would take minutes.
  expect((user + system) / 1e6).toBeLessThan(30);
});
