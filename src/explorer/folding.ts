/**
 * What the explorer has folded: books, tree, tiles, account statements and the latest entries, up to a
 * position of the log. People look at what is closed too, so the history is folded beside the books,
 * without archiving; what both have alike is kept, and copied when it changes, once. Only checked
 * commits come in, and they come in whole: a batch with an illegal commit changes nothing, so what is
 * here can be served at any time. A batch shares one draft of the books, which is what makes a long
 * log fast.
 */
import { base64Of } from '../events/base64.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import type { LedgerId, LogPosition } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';
import { CompactRange } from '../events/merkle.ts';
import { TileLevels } from '../events/tile-levels.ts';
import type { Books } from '../projections/books.ts';
import { emptyBooks } from '../projections/books.ts';
import type { Revise } from '../projections/fold.ts';
import { fold } from '../projections/fold.ts';
import { foldHistory } from '../projections/history.ts';
import { CopyOnWrite } from '../projections/copy-on-write.ts';
import type { Checked } from './check-commit.ts';
import { Illegal } from './fault-view.ts';
import type { FeedLine } from './read-models/feed.ts';
import { FEED_LINES_MAX, feedLine } from './read-models/feed.ts';
import type { Folded, HeadView } from './read-models/overview.ts';
import type { Statements } from './read-models/statements.ts';
import { foldStatement } from './read-models/statements.ts';
import { Tail } from './tail.ts';

/** Where a folding starts: nowhere, or with what an earlier one had. */
export interface FoldingStart {
  readonly position: LogPosition;
  readonly books: Books;
  readonly history: Books;
  readonly tree: CompactRange;
  /** Null where nobody asks for tiles. */
  readonly tiles: TileLevels | null;
  readonly statements: Statements;
  readonly feed: readonly FeedLine[];
  readonly genesisHex: string | null;
}

export function nothingOf(ledger: LedgerId): FoldingStart {
  const books = emptyBooks(ledger);
  return {
    position: LOG_START,
    books,
    history: books,
    tree: CompactRange.empty(),
    tiles: new TileLevels(),
    statements: new Map(),
    feed: [],
    genesisHex: null,
  };
}

export class Folding {
  #books: Books;
  #history: Books;
  #tree: CompactRange;
  #position: LogPosition;
  #feed: readonly FeedLine[];
  #genesisHex: string | null;
  readonly #statements: Statements;
  readonly #tiles: TileLevels | null;
  /** Empty where it started, whatever it started with. */
  readonly tail = new Tail();

  constructor(start: FoldingStart) {
    this.#books = start.books;
    this.#history = start.history;
    this.#tree = start.tree;
    this.#position = start.position;
    this.#feed = start.feed;
    this.#genesisHex = start.genesisHex;
    this.#statements = start.statements;
    this.#tiles = start.tiles;
  }

  /** Entries folded. */
  get size(): number {
    return this.#tree.size;
  }

  get tree(): CompactRange {
    return this.#tree;
  }

  /** Never written to once it is here; another value after each batch. */
  get books(): Books {
    return this.#books;
  }

  /** Of as many leaves as there are entries; null where nobody asks for them. */
  get tiles(): TileLevels | null {
    return this.#tiles;
  }

  /** Of the last commit folded. */
  get position(): LogPosition {
    return this.#position;
  }

  /** All of it, or as much as is legal. @throws Illegal for the first commit that is not */
  take(batch: readonly Checked[]): void {
    try {
      this.#take(batch);
    } catch (error) {
      const [first] = batch;
      if (first === undefined || batch.length === 1)
        throw new Illegal('illegal_history', messageOf(error), first?.first ?? this.size);
      for (const commit of batch) this.take([commit]);
    }
  }

  #take(batch: readonly Checked[]): void {
    const last = batch.at(-1);
    if (last === undefined) return;
    const events = batch.flatMap((commit) => commit.events);
    const copies = new CopyOnWrite();
    const revise: Revise = (value, recipe) => copies.of(value, recipe);
    const books = fold(this.#books, events, revise);
    this.#history = foldHistory(this.#history, events, revise);
    this.#books = books;
    this.#tree = last.tree;
    this.#position = last.position;
    this.#post(events);
    const [genesis] = batch[0]?.leaves ?? [];
    if (this.#genesisHex === null && genesis !== undefined)
      this.#genesisHex = Buffer.from(genesis).toString('hex');
    for (const commit of batch) this.tail.push(commit);
    if (this.#tiles !== null)
      for (const { leaves } of batch) for (const leaf of leaves) this.#tiles.append(leaf);
  }

  #post(events: readonly LedgerEvent[]): void {
    for (const event of events)
      if (event.type === 'daybook.journal.posted.v1') foldStatement(this.#statements, event);
    const fresh = events.slice(-FEED_LINES_MAX).map((event) => feedLine(this.#history, event));
    this.#feed = [...this.#feed, ...fresh].slice(-FEED_LINES_MAX);
  }

  get head(): HeadView {
    const root = this.#tree.root();
    const { ledger } = this.#books;
    return {
      ledger: ledger.ledger,
      origin: ledger.origin,
      authority: ledger.authority,
      operator: ledger.operator,
      size: this.size,
      rootBase64: base64Of(root),
      rootHex: Buffer.from(root).toString('hex'),
      genesisHex: this.#genesisHex,
      clockMs: ledger.clockMs,
    };
  }

  /** What another folding can start with, as long as this one takes nothing more. */
  start(): FoldingStart {
    return {
      position: this.#position,
      books: this.#books,
      history: this.#history,
      tree: this.#tree,
      tiles: this.#tiles,
      statements: this.#statements,
      feed: this.#feed,
      genesisHex: this.#genesisHex,
    };
  }

  folded(): Folded {
    return {
      head: this.head,
      books: this.#books,
      history: this.#history,
      statements: this.#statements,
      feed: this.#feed,
    };
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
