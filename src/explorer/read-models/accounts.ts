/**
 * The chart of accounts with what each holds: totals by unit, in which debits equal credits; sums by
 * kind of account; and the accounts themselves, in pages. Amounts are decimal strings; a balance is
 * credits less debits, so an issuer's is negative.
 */
import type { Books } from '../../projections/books.ts';
import type { PageOf, Span } from './page-of.ts';
import { pageOf } from './page-of.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

export interface UnitTotals {
  readonly unit: string;
  readonly accounts: number;
  readonly debits: string;
  readonly credits: string;
  readonly balanced: boolean;
}

export interface FamilyTotals {
  readonly unit: string;
  readonly family: string;
  readonly accounts: number;
  readonly balance: string;
}

export interface AccountRow {
  readonly unit: string;
  readonly account: string;
  readonly family: string;
  /** Whose it is; null: nobody's in particular. */
  readonly owner: Party | null;
  readonly debits: string;
  readonly credits: string;
  readonly balance: string;
}

export interface AccountsQuestion extends Span {
  readonly unit: string | null;
  readonly family: string | null;
  /** Part of an account's name or its owner's. */
  readonly search: string;
}

interface Account {
  readonly unit: string;
  readonly account: string;
  readonly family: string;
  readonly owner: string | null;
  readonly debits: bigint;
  readonly credits: bigint;
}

const known = new WeakMap<object, readonly Account[]>();

/** By unit and kind, then the largest first. */
function accountsOf({ rewards }: Books): readonly Account[] {
  const before = known.get(rewards.balances);
  if (before !== undefined) return before;
  const accounts = Object.entries(rewards.balances)
    .map(([key, balance]): Account => {
      const [unit = '', account = ''] = key.split(':');
      return {
        unit,
        account,
        family: account.split('/')[0] ?? account,
        owner: /U[A-Z2-7]{55}/.exec(account)?.[0] ?? null,
        debits: BigInt(balance.debits),
        credits: BigInt(balance.credits),
      };
    })
    .sort(
      (a, b) =>
        compare(UNITS.indexOf(a.unit), UNITS.indexOf(b.unit)) ||
        compare(a.family, b.family) ||
        compare(held(b), held(a)) ||
        compare(a.account, b.account),
    );
  known.set(rewards.balances, accounts);
  return accounts;
}

const UNITS = ['micro', 'work', 'audit'];
const held = ({ debits, credits }: Account): bigint => credits - debits;
const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

export function unitTotals(books: Books): UnitTotals[] {
  return groups(accountsOf(books), ({ unit }) => unit).map(([unit, accounts]) => {
    const debits = accounts.reduce((sum, account) => sum + account.debits, 0n);
    const credits = accounts.reduce((sum, account) => sum + account.credits, 0n);
    return {
      unit,
      accounts: accounts.length,
      debits: debits.toString(),
      credits: credits.toString(),
      balanced: debits === credits,
    };
  });
}

export function familyTotals(books: Books): FamilyTotals[] {
  return groups(accountsOf(books), ({ unit, family }) => `${unit}:${family}`).map(
    ([key, accounts]) => ({
      unit: key.split(':')[0] ?? '',
      family: key.split(':')[1] ?? '',
      accounts: accounts.length,
      balance: accounts.reduce((sum, account) => sum + held(account), 0n).toString(),
    }),
  );
}

export function accountsPage(books: Books, question: AccountsQuestion): PageOf<AccountRow> {
  const search = question.search.toLowerCase();
  const nameOf = (owner: string): string => partyOf(books, owner).name.toLowerCase();
  const found = accountsOf(books).filter(
    ({ unit, family, account, owner }) =>
      (question.unit === null || unit === question.unit) &&
      (question.family === null || family === question.family) &&
      (search === '' ||
        account.toLowerCase().includes(search) ||
        (owner !== null && nameOf(owner).includes(search))),
  );
  return pageOf(found, question, (account) => ({
    unit: account.unit,
    account: account.account,
    family: account.family,
    owner: account.owner === null ? null : partyOf(books, account.owner),
    debits: account.debits.toString(),
    credits: account.credits.toString(),
    balance: held(account).toString(),
  }));
}

function groups<T>(all: readonly T[], key: (one: T) => string): [string, T[]][] {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const group = found.get(key(one));
    if (group === undefined) found.set(key(one), [one]);
    else group.push(one);
  }
  return [...found];
}
