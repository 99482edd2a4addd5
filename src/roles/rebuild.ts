/**
 * Rebuild: entries in, books, tree and marked roots out, at full speed and from nothing - or, where a
 * party starts again, from what it had rebuilt before (snapshots/resume.ts). It folds
 * into a private copy that it changes in place, so what it shows is the state after the last line and
 * must not be kept across the next. Invariant: a line that is no event, out of sequence or against the
 * books stops it with a fault that names the entry; it believes nothing that a line does not prove.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../events/catalogue.ts';
import { catalogue } from '../events/catalogue.ts';
import { unpackCommit } from '../events/commit-codec.ts';
import type { StoredCommit } from '../events/commit.ts';
import type { EventError } from '../events/decode-event.ts';
import { decodeEvent } from '../events/decode-event.ts';
import { ledgerOf } from '../events/entry.ts';
import { EventLines } from '../events/event-lines.ts';
import type { Hash } from '../events/merkle.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { OnArchived } from '../projections/archive.ts';
import type { Books } from '../projections/books.ts';
import { emptyBooks } from '../projections/books.ts';
import { foldInto, foldWhole } from '../projections/fold.ts';
import type { Snapshot } from '../projections/snapshot.ts';

export interface RebuildOptions {
  /** Keep what is closed for good in the books instead of archiving it: they grow with history. */
  readonly whole?: boolean;
  /** Told of what leaves the books for the archive. */
  readonly onArchived?: OnArchived;
  /** The state to go on from; it becomes this rebuild's own. */
  readonly from?: Pick<Snapshot, 'books' | 'tree' | 'roots'>;
}

export class Rebuild {
  #books: Books | null;
  readonly #fold: typeof foldInto;
  readonly #onArchived: OnArchived | undefined;
  readonly #lines = new EventLines();
  readonly tree: CompactRange;
  /** Root right after each entry that seeds later draws, by sequence. */
  readonly roots: Map<number, Uint8Array>;

  constructor({ whole = false, from, onArchived }: RebuildOptions = {}) {
    this.#fold = whole ? foldWhole : foldInto;
    this.#onArchived = onArchived;
    this.#books = from?.books ?? null;
    this.tree = from?.tree ?? CompactRange.empty();
    this.roots = new Map(from?.roots);
  }

  get size(): number {
    return this.tree.size;
  }

  get books(): Books {
    return this.#books ?? emptyBooks('');
  }

  /** Base64 of the root over all lines so far. */
  get root(): string {
    return Buffer.from(this.tree.root()).toString('base64');
  }

  /**
   * @param line without its newline
   * @throws Fault log_corrupt
   */
  add(line: Uint8Array): LedgerEvent {
    return this.#take(decodeEvent(line), () => leafHash(line));
  }

  /**
   * Several lines at once, which is faster: a commit's payload, or a piece of a recording.
   * @param ndjson whole lines; a last one without its newline counts
   * @throws Fault log_corrupt; the lines before the one it names have been taken
   */
  addLines(ndjson: Uint8Array): void {
    const lines = this.#lines;
    const leaf = (): Hash => lines.leafHash();
    lines.load(ndjson);
    for (let next = lines.next(); next !== null; next = lines.next()) this.#take(next, leaf);
  }

  #take(decoded: Either<EventError, LedgerEvent>, leaf: () => Hash): LedgerEvent {
    if (isLeft(decoded)) throw this.#corrupt(decoded.left.message);
    const event = decoded.right;
    if (event.sequence !== this.size)
      throw this.#corrupt(`entry ${event.sequence} stands where entry ${this.size} belongs`);
    this.#books ??= emptyBooks(ledgerOf(event.source));
    if (ledgerOf(event.source) !== this.#books.ledger.ledger)
      throw this.#corrupt(`it belongs to ${event.source}`);
    try {
      this.#fold(this.#books, event, this.#onArchived);
    } catch (error) {
      // The fold's invariants hold for whatever deciders recorded: breaking one proves an altered line.
      throw this.#corrupt(error instanceof Error ? error.message : String(error), error);
    }
    this.tree.append(leaf());
    if (catalogue.get(event.type)?.marksRoot === true)
      this.roots.set(event.sequence, this.tree.root());
    return event;
  }

  /**
   * A commit as the log stores it.
   * @throws Fault log_corrupt
   */
  addCommit(commit: StoredCommit): LedgerEvent[] {
    const lines = unpackCommit(commit);
    if (isLeft(lines)) throw this.#corrupt(lines.left.message);
    const events = lines.right.map((line) => this.add(line));
    this.checkRoot(commit.root);
    return events;
  }

  /**
   * Whether the lines of a commit end at the root that the log states for it.
   * @throws Fault log_corrupt
   */
  checkRoot(stated: string): void {
    if (this.root !== stated)
      throw new Fault(
        'log_corrupt',
        `The entries up to ${this.size - 1} do not give the root that the log states.`,
        { retryable: false },
      );
  }

  #corrupt(why: string, cause?: unknown): Fault {
    return new Fault('log_corrupt', `Entry ${this.size}: ${why}`, { retryable: false, cause });
  }
}
