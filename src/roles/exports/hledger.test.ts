/** The journal as text: both sides of every transfer, and the balances that it asserts last. */
import { describe, expect, it } from 'vitest';
import { moneyStory } from '../../testing/stories/money.ts';
import { hledgerJournal } from './hledger.ts';
import { historyOf } from './history.ts';
import { recorded } from './recorded.fixture.ts';

const histories = {
  'payouts that vest': historyOf(moneyStory().lines),
  'a run that is kept': recorded('logs/mini-rules-3'),
};
const UNITS: Record<string, string> = { MONEY: 'micro', WORK: 'work', AUDIT: 'audit' };
const LINE = /^ {4}(\S+) {2}(-?[\d.]+) (\w+) = (-?[\d.]+) \w+$/gm;

describe.each(Object.entries(histories))('the journal of %s', (_, history) => {
  const journal = hledgerJournal(history);
  const postings = [...journal.matchAll(LINE)].map(([, account, change, unit, balance]) => ({
    key: `${UNITS[unit as string]}:${account?.replaceAll(':', '/')}`,
    change: BigInt((change as string).replace('.', '')),
    balance: BigInt((balance as string).replace('.', '')),
  }));

  it('has both postings of every transfer', () => {
    expect(postings).toHaveLength(2 * Object.keys(history.books.rewards.transfers).length);
    expect(postings.reduce((sum, { change }) => sum + change, 0n)).toBe(0n);
  });

  it('asserts last what the books hold', () => {
    const last = Object.fromEntries(postings.map(({ key, balance }) => [key, balance]));
    const held = Object.entries(history.books.rewards.balances).map(
      ([key, { debits, credits }]) => [key, BigInt(credits) - BigInt(debits)] as const,
    );
    expect(last).toEqual(Object.fromEntries(held));
  });

  it('is declared whole', () => {
    const declared = new Set([...journal.matchAll(/^account (\S+)$/gm)].map((match) => match[1]));
    expect(
      postings.filter(({ key }) => !declared.has(key.split(':')[1]?.replaceAll('/', ':'))),
    ).toEqual([]);
  });
});

it('of a ledger without money declares its commodities alone', () => {
  expect(hledgerJournal({ events: [] })).toBe(
    'commodity 1000.000000 MONEY\ncommodity 1000. WORK\ncommodity 1000. AUDIT\n',
  );
});
