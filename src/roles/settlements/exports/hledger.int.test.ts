/** hledger itself reads the journal, strictly, and its balances are ours. Needs hledger on the machine. */
import { execFileSync, spawnSync } from 'node:child_process';
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { exportInput } from '../../../testing/signed-settlement.ts';
import { moneyStory } from '../../../testing/stories/money.ts';
import { hledgerExport } from './hledger.ts';

const isThere = spawnSync('hledger', ['--version']).status === 0;

describe.runIf(isThere)('hledger', () => {
  const input = exportInput(moneyStory());
  const written = hledgerExport.write(input);
  const journal = isLeft(written) ? '' : written.right;
  const hledger = (...args: string[]): string =>
    execFileSync('hledger', ['-f', '-', ...args], { input: journal, encoding: 'utf8' });

  it('finds nothing wrong with the journal, strictly', () => {
    expect(hledger('check', '--strict')).toBe('');
    expect(hledger('check', 'ordereddates')).toBe('');
  });

  it('has the same balances', () => {
    const ours = Object.entries(input.settlement.books.rewards.balances)
      .filter(([name]) => name.startsWith('micro:') && !name.endsWith('/archived'))
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
