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
import type { LedgerEvent } from '../events/catalogue.ts';
import { digestOf } from '../events/digest.ts';
import { COMMAND_HORIZON } from '../events/command-tag.ts';
import type { Hash } from '../events/merkle.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import type { ArchiveKind, Books, RunBook } from './books.ts';
import { must, rulesOf, windowKey } from './books.ts';
import { bucketsOf, GENERATION, generationOf } from './command-book.ts';

/** The first rules under which closed records leave the books. */
const ARCHIVING_RULES = 2;
/** Reconciled windows of a run that stay. */
export const WINDOWS_KEPT = 64;
/** More than the windows, each of which starts from one. */
export const REVISIONS_KEPT = 128;
/** Settled periods of a run that stay. */
export const PERIODS_KEPT = 16;
/** Account that takes over the balance of archived pools, so that debits still equal credits. */
const POOLS_ARCHIVED = 'micro:pool/archived';

export const archivedLeaf = (record: unknown): Hash =>
  leafHash(Buffer.from(canonicalJson(record as JsonValue), 'utf8'));

/** Told of every record that leaves, in the order of its kind's leaves. */
export type OnArchived = (kind: ArchiveKind, record: unknown) => void;

/** To be called after the recipe of every event. */
export function archiveClosed(books: Books, event: LedgerEvent, onArchived?: OnArchived): void {
  if (rulesOf(books) < ARCHIVING_RULES) return;
  if (event.sequence % GENERATION === 0) archiveCommands(books, event.sequence, onArchived);
  switch (event.type) {
    case 'daybook.window.reconciled.v1':
      archiveWindow(books, event.data.run, event.data.window - WINDOWS_KEPT, onArchived);
      return;
    case 'daybook.checkpoint.promoted.v1':
      archiveRevision(books, must(books.runs[event.data.run], 'run'), onArchived);
      return;
    case 'daybook.settlement.published.v1':
      archivePeriod(books, event.data.run, event.data.period - PERIODS_KEPT, onArchived);
      archiveTransfers(books, event.sequence, onArchived);
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

function archiveWindow(books: Books, run: string, window: number, onArchived?: OnArchived): void {
  const key = windowKey(run, window);
  const record = books.windows[key];
  if (record === undefined) return;
  assert(record.state === 'reconciled', 'only a closed window is archived');
  const { dispositionsArchived: counts = {} } = must(books.runs[run], 'run');
  for (const { disposition } of Object.values(record.assignments))
    if (disposition !== null) counts[disposition] = (counts[disposition] ?? 0) + 1;
  must(books.runs[run], 'run').dispositionsArchived = counts;
  delete books.windows[key];
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
  const { periods, balances } = books.rewards;
  const key = windowKey(run, period);
  const record = periods[key];
  if (record === undefined) return;
  assert(record.state === 'settled', 'only a settled period is archived');
  delete periods[key];
  const pool = balances[`micro:pool/${key}`];
  if (pool !== undefined) {
    const all = (balances[POOLS_ARCHIVED] ??= { debits: '0', credits: '0' });
    all.debits = (BigInt(all.debits) + BigInt(pool.debits)).toString();
    all.credits = (BigInt(all.credits) + BigInt(pool.credits)).toString();
    delete balances[`micro:pool/${key}`];
  }
  put(books, 'periods', [{ ...record, balance: pool ?? null }], onArchived);
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
