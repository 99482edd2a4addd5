/**
 * The archive: what is closed for good leaves the books, so that they follow what is alive and not
 * all that ever was. Each record that leaves becomes a leaf of a Merkle tree of its kind, whose
 * compact range stays in the books: whoever holds the log makes the same records again and proves any
 * of them against it. What leaves when is a function of the ledger alone; ledgers of the first rules
 * keep everything, as they always did.
 *
 * Leaf: RFC 6962 over the canonical JSON of the record, as the books held it last. Nothing that a
 * guard or a rule still asks for is ever archived.
 */
import assert from 'node:assert';
import { isLeft } from 'fp-ts/lib/Either.js';
import { canonicalJson } from '../events/canonical-json.ts';
import type { JsonValue } from '../events/canonical-json.ts';
import type { EventOf, LedgerEvent } from '../events/catalogue.ts';
import { digestOf } from '../events/digest.ts';
import { COMMAND_HORIZON } from '../events/command-tag.ts';
import type { Hash } from '../events/merkle.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import type { ArchiveKind, Balance, Books, RunBook, WindowBook } from './books.ts';
import { byName, must, rulesOf, windowKey } from './books.ts';
import { bucketsOf, GENERATION, generationOf } from './command-book.ts';
import { isDisputed } from './disputes.ts';

/** The first rules under which closed records leave the books. */
const ARCHIVING_RULES = 2;
/** The first rules under which runs that are over leave the books. */
const RUN_ARCHIVING_RULES = 3;
/** Reconciled windows of a run that stay. */
export const WINDOWS_KEPT = 64;
/** More than the windows, each of which starts from one. */
export const REVISIONS_KEPT = 128;
/** Settled periods of a run that stay. */
export const PERIODS_KEPT = 16;
/** Runs that are over and stay, with all that belongs to them. */
export const ENDED_RUNS_KEPT = 16;
/** Accounts that take over the balances of archived ones, so that debits still equal credits. */
const POOLS_ARCHIVED = 'micro:pool/archived';
const VESTING_ARCHIVED = 'micro:vesting/archived';
const earnedArchived = (unit: string): string => `${unit}:earned/archived`;

export const archivedLeaf = (record: unknown): Hash =>
  leafHash(Buffer.from(canonicalJson(record as JsonValue), 'utf8'));

type RunEnded = EventOf<'daybook.run.completed.v1' | 'daybook.run.failed.v1'>;

/** Told of every record that leaves, in the order of its kind's leaves. */
export type OnArchived = (kind: ArchiveKind, record: unknown) => void;

/** To be called after the recipe of every event. */
export function archiveClosed(books: Books, event: LedgerEvent, onArchived?: OnArchived): void {
  if (rulesOf(books) < ARCHIVING_RULES) return;
  if (event.sequence % GENERATION === 0) archiveCommands(books, event.sequence, onArchived);
  switch (event.type) {
    case 'daybook.window.reconciled.v1':
      archiveWindows(books, event.data.run, event.data.window - WINDOWS_KEPT, onArchived);
      return;
    case 'daybook.checkpoint.promoted.v1':
    case 'daybook.checkpoint.restored.v1':
      archiveRevision(books, must(books.runs[event.data.run], 'run'), onArchived);
      return;
    case 'daybook.settlement.published.v1':
      archivePeriod(books, event.data.run, event.data.period - PERIODS_KEPT, onArchived);
      archiveTransfers(books, event.sequence, onArchived);
      return;
    case 'daybook.settlement.published.v2':
      if (event.data.cause === 'closed')
        archivePeriod(books, event.data.run, event.data.period - PERIODS_KEPT, onArchived);
      else if (books.rings?.[event.data.run] === undefined) archiveRing(books, event.data.run);
      archiveTransfers(books, event.sequence, onArchived);
      return;
    case 'daybook.run.completed.v1':
    case 'daybook.run.failed.v1':
      if (rulesOf(books) >= RUN_ARCHIVING_RULES) archiveRuns(books, event, onArchived);
      return;
    default:
  }
}

/** The generation that has just fallen out of reach of every admissible repeat. */
function archiveCommands(books: Books, sequence: number, onArchived?: OnArchived): void {
  const generation = generationOf(sequence - COMMAND_HORIZON) - 1;
  if (generation < 0) return;
  const ids: string[] = [];
  for (const key of bucketsOf(generation)) {
    for (const { id } of books.recent?.[key] ?? []) ids.push(id);
    delete books.recent?.[key];
  }
  // The commands themselves stand in the ledger's own tree; their ids need no more than a digest.
  const digest = digestOf(Buffer.from(ids.join('\n'), 'utf8'));
  put(books, 'commands', [{ generation, count: ids.length, ids: digest }], onArchived);
}

/** Up to this one. A dispute needs its window: what it has kept leaves with the next after it. */
function archiveWindows(books: Books, run: string, last: number, onArchived?: OnArchived): void {
  const closed = Object.values(books.windows)
    .filter((record) => record.run === run && record.window <= last)
    .filter(({ window }) => !isDisputed(books, windowKey(run, window)))
    .sort((one, other) => one.window - other.window);
  for (const record of closed) archiveWindow(books, record, onArchived);
}

function archiveWindow(books: Books, record: WindowBook, onArchived?: OnArchived): void {
  const { run, window } = record;
  assert(record.state === 'reconciled', 'only a closed window is archived');
  const { dispositionsArchived: counts = {} } = must(books.runs[run], 'run');
  for (const { disposition } of Object.values(record.assignments))
    if (disposition !== null) counts[disposition] = (counts[disposition] ?? 0) + 1;
  must(books.runs[run], 'run').dispositionsArchived = counts;
  delete books.windows[windowKey(run, window)];
  put(books, 'windows', [record], onArchived);
}

function archiveRevision(books: Books, run: RunBook, onArchived?: OnArchived): void {
  if (run.revisions.length <= REVISIONS_KEPT) return;
  // The initial checkpoint stays: everything grew from it.
  const [revision] = run.revisions.splice(1, 1);
  assert(revision !== undefined, 'there are more than one');
  run.revisionsArchived = (run.revisionsArchived ?? 0) + 1;
  put(books, 'revisions', [{ run: run.plan.run, ...revision }], onArchived);
}

function archivePeriod(books: Books, run: string, period: number, onArchived?: OnArchived): void {
  const { periods } = books.rewards;
  const key = windowKey(run, period);
  const record = periods[key];
  if (record === undefined) return;
  assert(record.state === 'settled', 'only a settled period is archived');
  delete periods[key];
  const pool = archiveAccount(books, `micro:pool/${key}`, POOLS_ARCHIVED);
  put(books, 'periods', [{ ...record, balance: pool }], onArchived);
}

/** All has vested: the accounts hold nothing, and are not used again. */
function archiveRing(books: Books, run: string): void {
  const prefix = `micro:vesting/${run}/`;
  for (const account of Object.keys(books.rewards.balances))
    if (account.startsWith(prefix)) archiveAccount(books, account, VESTING_ARCHIVED);
}

/** The balance the account had last; null when it never had one. */
function archiveAccount(books: Books, account: string, into: string): Balance | null {
  const { balances } = books.rewards;
  const last = balances[account];
  if (last === undefined) return null;
  const all = (balances[into] ??= { debits: '0', credits: '0' });
  all.debits = (BigInt(all.debits) + BigInt(last.debits)).toString();
  all.credits = (BigInt(all.credits) + BigInt(last.credits)).toString();
  delete balances[account];
  return last;
}

/**
 * A run is over; the one that has been over for longest leaves when too many are. Its name stays:
 * it is never used again.
 */
function archiveRuns(books: Books, event: RunEnded, onArchived?: OnArchived): void {
  const ended = (books.endedRuns ??= []);
  ended.push(event.data.run);
  if (ended.length <= ENDED_RUNS_KEPT) return;
  const next = ended.findIndex((one) => !isDisputed(books, one));
  if (next === -1) return;
  const [name] = ended.splice(next, 1) as [string];
  const run = must(books.runs[name], 'run');
  assert(run.openPeriod === null, 'only a run without an open period is archived');
  for (let window = 0; window < run.windowsPlanned; window += 1) {
    const record = books.windows[windowKey(name, window)];
    if (record === undefined) continue;
    delete books.windows[windowKey(name, window)];
    put(books, 'windows', [record], onArchived);
  }
  for (let period = 0; period < run.periods; period += 1)
    archivePeriod(books, name, period, onArchived);
  for (const revision of run.revisions)
    put(books, 'revisions', [{ run: name, ...revision }], onArchived);
  for (const account of Object.keys(books.rewards.balances)) {
    const [unit = '', kind, of] = account.split(/[:/]/, 3);
    if (kind === 'earned' && of === name) archiveAccount(books, account, earnedArchived(unit));
  }
  for (const member of Object.values(books.members)) delete member.quarantine[name];
  delete books.runs[name];
  (books.archivedRuns ??= byName())[name] = event.sequence;
  put(books, 'runs', [run], onArchived);
}

/** Ids of transfers from before the last settlement; their windows and periods never come again. */
function archiveTransfers(books: Books, sequence: number, onArchived?: OnArchived): void {
  const { rewards } = books;
  const before = rewards.settledSequence ?? 0;
  const left = Object.entries(rewards.transfers)
    .filter(([, posted]) => posted < before)
    .map(([id, posted]) => ({ id, posted }))
    .sort((a, b) => a.posted - b.posted || (a.id < b.id ? -1 : 1));
  for (const { id } of left) delete rewards.transfers[id];
  rewards.settledSequence = sequence;
  if (left.length > 0) put(books, 'transfers', [left], onArchived);
}

function put(
  books: Books,
  kind: ArchiveKind,
  records: readonly unknown[],
  onArchived?: OnArchived,
): void {
  const archive = (books.archive ??= {});
  const stored = archive[kind];
  const range = stored === undefined ? null : CompactRange.deserialise(stored);
  assert(range === null || !isLeft(range), 'the books hold ranges');
  const grown = range === null ? CompactRange.empty() : range.right;
  for (const record of records) {
    onArchived?.(kind, record);
    grown.append(archivedLeaf(record));
  }
  archive[kind] = grown.serialise();
}
