/**
 * The command book: which ids were used, for what. A command without an anchor is remembered for
 * ever, in buckets so that one insertion copies a small object. One with an anchor is remembered in
 * the generation of its sequence, and whole generations are dropped once no command that could
 * repeat one of theirs is admitted any more (events/command-tag.ts). Recording one is a push: the
 * fold of a long log pays no look-ups, a decider looks through one short list a generation.
 */
import type { LedgerEvent } from '../events/catalogue.ts';
import { COMMAND_HORIZON, isAnchored, tagOf } from '../events/command-tag.ts';
import type { Books, CommandRecord, RecentCommand } from './books.ts';
import { byName, must } from './books.ts';

/** Entries a generation spans. */
export const GENERATION = 4096;
const GENERATION_BUCKETS = 64;
const BUCKETS = 1024;
/** Characters before the tag that are hashed: where names differ. */
const HASHED = 40;

export const generationOf = (sequence: number): number => Math.floor(sequence / GENERATION);

/** FNV-1a of a stretch of the id, folded to 10 bits. */
function hashOf(id: string, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
  return (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (BUCKETS - 1);
}

const bucketOf = (id: string): string => String(hashOf(id, 0, id.length));

function recentKey(generation: number, id: string): string {
  const colon = id.lastIndexOf(':');
  const hash = hashOf(id, Math.max(0, colon - HASHED), colon);
  return `${generation}/${hash % GENERATION_BUCKETS}`;
}

/** Keys of a generation's buckets, those that may exist. */
export const bucketsOf = (generation: number): string[] =>
  Array.from({ length: GENERATION_BUCKETS }, (_, bucket) => `${generation}/${bucket}`);

/** A ledger without a nonce has no tags: a colon in an id means nothing there. */
const isRecent = (books: Books, id: string): boolean =>
  books.ledger.nonce !== undefined && isAnchored(id);

export function commandRecord(books: Books, id: string): CommandRecord | undefined {
  if (!isRecent(books, id)) return withCount(books, books.commands[bucketOf(id)]?.[id]);
  const { size } = books.ledger;
  const oldest = generationOf(Math.max(tagOf(id)?.anchor ?? 0, size - COMMAND_HORIZON, 0));
  for (let generation = generationOf(size); generation >= oldest; generation -= 1) {
    const found = books.recent?.[recentKey(generation, id)]?.find((command) => command.id === id);
    if (found !== undefined) return withCount(books, { ...found, count: 0 });
  }
  return undefined;
}

/**
 * How many entries a command led to. Under the first rules the book counts them; later it need not,
 * because they stand one after another: up to the next command's, or to the end.
 */
function withCount(books: Books, record: CommandRecord | undefined): CommandRecord | undefined {
  if (record === undefined || books.ledger.nonce === undefined) return record;
  const { sequence, sig } = record;
  return { sequence, count: nextAfter(books, sequence) - sequence, sig };
}

/** Sequence of the first command after this one; where there is none, of the next entry. */
function nextAfter(books: Books, sequence: number): number {
  const { size } = books.ledger;
  let next = size;
  for (const bucket of Object.values(books.commands))
    for (const { sequence: other } of Object.values(bucket))
      if (other > sequence && other < next) next = other;
  // What is anchored lies in order, so that a repeat need not be held against all of it.
  const last = Math.min(generationOf(next), generationOf(size));
  for (let generation = generationOf(sequence); generation <= last; generation += 1) {
    for (const bucket of bucketsOf(generation)) {
      const after = books.recent?.[bucket]?.find(({ sequence: other }) => other > sequence);
      if (after !== undefined && after.sequence < next) next = after.sequence;
    }
    if (next < (generation + 1) * GENERATION) return next;
  }
  return next;
}

/** A leading entry (one that nothing in the ledger caused) is the command's own fact. */
export function recordCommand(books: Books, event: LedgerEvent): void {
  const { commandid: id, sequence, sig = '' } = event;
  const counted = books.ledger.nonce === undefined;
  if (event.causationid !== undefined) {
    if (counted) must(books.commands[bucketOf(id)]?.[id], `command ${id}`).count += 1;
    return;
  }
  if (!counted && isAnchored(id)) {
    const recent: Record<string, RecentCommand[]> = (books.recent ??= byName());
    (recent[recentKey(generationOf(sequence), id)] ??= []).push({ id, sequence, sig });
    return;
  }
  const bucket = (books.commands[bucketOf(id)] ??= byName());
  if (bucket[id] !== undefined) throw new Error(`invariant: command ${id} recorded twice`);
  bucket[id] = { sequence, count: 1, sig };
}

/** As `recordCommand`, of what is remembered for ever; the rest `withRecent` has recorded. */
export function recordLasting(books: Books, event: LedgerEvent): void {
  if (!isAnchored(event.commandid)) recordCommand(books, event);
}

/**
 * As `recordCommand` of every event whose command has an anchor, as a value: nothing else writes to
 * these lists, so they are copied here and need no draft. Frozen, as drafts end. For books with a
 * nonce.
 */
export function withRecent(books: Books, events: readonly LedgerEvent[]): Books {
  const led = events.filter(
    (event) => event.causationid === undefined && isAnchored(event.commandid),
  );
  if (led.length === 0) return books;
  const recent = byName<RecentCommand[]>();
  // A third of what Object.assign takes on objects that are dictionaries; these inherit nothing.
  for (const key in books.recent) recent[key] = books.recent[key] as RecentCommand[];
  for (const { commandid: id, sequence, sig = '' } of led) {
    const key = recentKey(generationOf(sequence), id);
    const list = [...(recent[key] ?? []), Object.freeze({ id, sequence, sig })];
    recent[key] = Object.freeze(list) as RecentCommand[];
  }
  return Object.freeze({ ...books, recent: Object.freeze(recent) });
}
