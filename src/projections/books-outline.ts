/**
 * Books out of parsed JSON. Objects that are keyed by names which parties choose lose their
 * prototype, as `byName` makes them without one: a party may be called `constructor`. Of the shape
 * only the outline is checked, that no name stands for nothing, and that amounts are such; whoever
 * wrote the bytes is the reader itself, in an earlier life.
 */
import type { Books } from './books.ts';
import { emptyBooks } from './books.ts';

/** Where the books are keyed by names; `*` stands for every name there. */
export const NAMED_BOOKS: readonly string[] = [
  'policies',
  'commands',
  'commands.*',
  'recent',
  'members',
  'members.*.quarantine',
  'datasets',
  'runs',
  'runs.*.feedback',
  'archivedRuns',
  'windows',
  'windows.*.assignments',
  'disputes',
  'network.proposals',
  'network.proposals.*.votes',
  'network.closed',
  'rings',
  'closings',
  'addresses',
  'corrections',
  'identity.identities',
  'identity.keys',
  'identity.invitations',
  'identity.signs',
  'identity.clusters',
  'identity.members',
  'stakes.unlocking',
  'stakes.references',
  'stakes.deposited',
  'stakes.deposited.*',
  'stakes.own',
  'capabilities',
  'capabilities.*.elapsedMs',
  'offers',
  'offers.*.open',
  'offers.*.answers',
  'scores',
  'scores.*.bonds',
  'scores.*.bonds.*',
  'offences',
  'appeals',
  'caughtUp',
  'caughtUp.*',
  'chunks',
  'chunks.*',
  'rewards.balances',
  'rewards.transfers',
  'rewards.periods',
];

/** Members of the books, their ledger and their rewards that come with the first use. */
const OPTIONAL: readonly string[] = [
  'policies',
  'headcount',
  'recent',
  'endedRuns',
  'archivedRuns',
  'archive',
  'disputes',
  'network',
  'rings',
  'closings',
  'addresses',
  'corrections',
  'identity',
  'stakes',
  'capabilities',
  'offers',
  'scores',
  'offences',
  'settling',
  'appeals',
  'caughtUp',
  'chunks',
  'rules',
  'nonce',
  'settledSequence',
] satisfies (keyof Books | keyof Books['ledger'] | keyof Books['rewards'])[];

/** Books that some have and others of their kind do not. */
const SOMETIMES: readonly string[] = ['runs.*.feedback'];

/** Of a balance: one on the wire has up to 38 digits, and here are sums of them. Longer ones would cost. */
const AMOUNT = /^(0|[1-9]\d{0,63})$/;

type Node = Record<string, unknown>;

/** The value itself, made books in place; null when it does not have their outline. */
export function restoreBooks(value: unknown, ledger: string): Books | null {
  if (!hasOutline(value, emptyBooks(ledger))) return null;
  for (const path of NAMED_BOOKS)
    if (!isAbsent(value, path) && !unname(value, path.split('.'), SOMETIMES.includes(path)))
      return null;
  if (!Object.values((value as unknown as Books).rewards.balances).every(isBalance)) return null;
  const books = value as unknown as Books;
  return books.ledger.ledger === ledger ? books : null;
}

/** The same members as the empty books, of the same kinds; what is null there may be anything. */
function hasOutline(value: unknown, empty: object): value is Node {
  if (!isNode(value)) return false;
  const names = Object.keys(empty);
  const known = new Set([...names, ...OPTIONAL]);
  if (!Object.keys(value).every((name) => known.has(name))) return false;
  return names.every((name) => {
    const wanted: unknown = (empty as Node)[name];
    const found = Object.hasOwn(value, name) ? value[name] : undefined;
    if (wanted === null) return found !== undefined;
    if (typeof wanted === 'number') return Number.isSafeInteger(found);
    if (!isNode(wanted)) return typeof found === typeof wanted;
    return Object.getPrototypeOf(wanted) === null ? isNode(found) : hasOutline(found, wanted);
  });
}

function isAbsent(value: Node, path: string): boolean {
  const [book = ''] = path.split('.');
  return OPTIONAL.includes(book) && !Object.hasOwn(value, book);
}

function unname(node: unknown, [name, ...rest]: readonly string[], mayLack: boolean): boolean {
  if (!isNode(node)) return false;
  if (name === undefined) {
    Object.setPrototypeOf(node, null);
    return Object.values(node).every(isSomething);
  }
  if (name === '*') return Object.keys(node).every((each) => unname(node[each], rest, mayLack));
  if (mayLack && rest.length === 0 && !Object.hasOwn(node, name)) return true;
  return Object.hasOwn(node, name) && unname(node[name], rest, mayLack);
}

/** What is written as null again is null. JSON spells numbers that no number holds, 1e400 say. */
const isSomething = (value: unknown): boolean =>
  value !== null && (typeof value !== 'number' || Number.isFinite(value));

const isAmount = (value: unknown): boolean => typeof value === 'string' && AMOUNT.test(value);

/** @param value of a book in which no name stands for null */
const isBalance = (value: unknown): boolean =>
  isNode(value) && isAmount(value['debits']) && isAmount(value['credits']);

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
