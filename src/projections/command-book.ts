/**
 * The command book: which ids were used, for what. A command without an anchor is remembered for
 * ever, in buckets so that one insertion copies a small object. One with an anchor is remembered in
 * the generation of its sequence, and whole generations are dropped once no command that could
 * repeat one of theirs is admitted any more (event `command-tag.ts`).
 */
import type { LedgerEvent } from '../events/catalogue.ts';
import { COMMAND_HORIZON, tagOf } from '../events/command-tag.ts';
import type { Books, CommandRecord } from './books.ts';
import { byName, must } from './books.ts';

/** Entries a generation spans. */
export const GENERATION = 4096;
const GENERATION_BUCKETS = 16;
const BUCKETS = 1024;

type Bucket = Record<string, CommandRecord>;

export const generationOf = (sequence: number): number => Math.floor(sequence / GENERATION);

/** FNV-1a of the id, folded to 10 bits. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1)
    hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
  return (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (BUCKETS - 1);
}

const keyIn = (generation: number, hash: number): string =>
  `${generation}/${hash % GENERATION_BUCKETS}`;

/** Keys of a generation's buckets, those that may exist. */
export const bucketsOf = (generation: number): string[] =>
  Array.from({ length: GENERATION_BUCKETS }, (_, bucket) => `${generation}/${bucket}`);

/** Only ledgers with a nonce have tags: elsewhere a colon in an id means nothing. */
const anchorOf = (books: Books, id: string): number | null =>
  books.ledger.nonce === undefined ? null : (tagOf(id)?.anchor ?? null);

export function commandRecord(books: Books, id: string): CommandRecord | undefined {
  const anchor = anchorOf(books, id);
  const hash = hashOf(id);
  if (anchor === null) return books.commands[String(hash)]?.[id];
  const { size } = books.ledger;
  const oldest = generationOf(Math.max(anchor, size - COMMAND_HORIZON - GENERATION, 0));
  for (let generation = generationOf(size); generation >= oldest; generation -= 1) {
    const found = books.commands[keyIn(generation, hash)]?.[id];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A leading entry (one that nothing in the ledger caused) is the command's own fact. */
export function recordCommand(books: Books, event: LedgerEvent): void {
  const { commandid: id, sequence } = event;
  if (event.causationid !== undefined) {
    must(commandRecord(books, id), `command ${id}`).count += 1;
    return;
  }
  const anchored = anchorOf(books, id) !== null;
  const key = anchored ? keyIn(generationOf(sequence), hashOf(id)) : String(hashOf(id));
  if (commandRecord(books, id) !== undefined)
    throw new Error(`invariant: command ${id} recorded twice`);
  const bucket: Bucket = (books.commands[key] ??= byName());
  bucket[id] = { sequence, count: 1, sig: event.sig ?? '' };
}
