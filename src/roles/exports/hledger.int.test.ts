/** hledger itself reads the journal, strictly, and its balances are ours. Needs hledger on the machine. */
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { moneyStory } from '../../testing/stories/money.ts';
import { hledgerJournal } from './hledger.ts';
import { historyOf } from './history.ts';
import { recorded } from './recorded.fixture.ts';

const isThere = spawnSync('hledger', ['--version']).status === 0;
const histories = {
  'payouts that vest': historyOf(moneyStory().lines),
  'a run that is kept': recorded('runs/incentivized/recording'),
};

describe.runIf(isThere).each(Object.entries(histories))('hledger on %s', (_, history) => {
  const journal = hledgerJournal(history);
  const hledger = (...args: string[]): string =>
    execFileSync('hledger', ['-f', '-', ...args], { input: journal, encoding: 'utf8' });

  it('finds nothing wrong with the journal, strictly', () => {
    expect(hledger('check', '--strict')).toBe('');
    expect(hledger('check', 'ordereddates')).toBe('');
  });

  it('refuses one in which an amount was altered', () => {
    const altered = journal.replace(
      /^( {4}\S+ {2}-?)(\d)/m,
      (__, before, digit) => `${before}${(Number(digit) + 1) % 10}`,
    );
    const { status, stderr } = spawnSync('hledger', ['-f', '-', 'check'], { input: altered });
    expect([status, stderr.toString()]).toEqual([1, expect.stringContaining('balance')]);
  });

  it('has the same balances', () => {
    const ours = Object.entries(history.books.rewards.balances)
      .filter(([name]) => name.startsWith('micro:'))
      .map(([name, { debits, credits }]) => [
        name.slice('micro:'.length).replaceAll('/', ':'),
        BigInt(credits) - BigInt(debits),
      ])
      .filter(([, balance]) => balance !== 0n);
    const theirs = hledger('balance', '--flat', '--no-total', '-O', 'csv', 'cur:MONEY')
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',').map((cell) => cell.replaceAll('"', '')))
      .map(([name, amount = '']) => [name, BigInt(amount.replace(/[ .]|MONEY/g, ''))]);
    expect(Object.fromEntries(theirs)).toEqual(Object.fromEntries(ours));
  });
});
