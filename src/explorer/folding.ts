/**
 * The fold in progress: books, tree, tiles, account statements and the latest entries, on a private
 * mutable copy so that a long log is replayed at full speed. People look at what is closed too, so the
 * history is folded beside the books, without archiving. Only whole, checked commits come in.
 */
import { base64Of } from '../events/base64.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import type { Hash } from '../events/merkle.ts';
import { CompactRange } from '../events/merkle.ts';
import { TileLevels } from '../events/tile-levels.ts';
import type { Books } from '../projections/books.ts';
import { emptyBooks } from '../projections/books.ts';
import { foldInto, foldWhole } from '../projections/fold.ts';
import type { FeedLine } from './read-models/feed.ts';
import { FEED_LINES_MAX, feedLine } from './read-models/feed.ts';
import type { Folded } from './read-models/overview.ts';
import type { Statements } from './read-models/statements.ts';
import { foldStatement } from './read-models/statements.ts';

export class Folding {
  readonly books: Books;
  readonly #history: Books;
  readonly statements: Statements = new Map();
  readonly tiles = new TileLevels();
  #tree = CompactRange.empty();
  #feed: FeedLine[] = [];
  #genesisHex: string | null = null;

  constructor(ledger: string) {
    this.books = emptyBooks(ledger);
    this.#history = emptyBooks(ledger);
  }

  /** Entries folded. */
  get size(): number {
    return this.#tree.size;
  }

  get tree(): CompactRange {
    return this.#tree;
  }

  /**
   * @param leaves hashes of the entries
   * @param tree after these entries
   * @throws Error when the history is illegal; then this folding is spoiled and must be thrown away
   */
  fold(events: readonly LedgerEvent[], leaves: readonly Hash[], tree: CompactRange): void {
    for (const event of events) {
      foldInto(this.books, event);
      foldWhole(this.#history, event);
      if (event.type === 'daybook.journal.posted.v1') foldStatement(this.statements, event);
      this.#feed.push(feedLine(this.#history, event));
    }
    this.#feed = this.#feed.slice(-FEED_LINES_MAX);
    const [first] = leaves;
    if (this.#genesisHex === null && first !== undefined)
      this.#genesisHex = Buffer.from(first).toString('hex');
    for (const leaf of leaves) this.tiles.append(leaf);
    this.#tree = tree;
  }

  folded(): Folded {
    const root = this.#tree.root();
    const { ledger } = this.books;
    return {
      head: {
        ledger: ledger.ledger,
        origin: ledger.origin,
        authority: ledger.authority,
        operator: ledger.operator,
        size: this.size,
        rootBase64: base64Of(root),
        rootHex: Buffer.from(root).toString('hex'),
        genesisHex: this.#genesisHex,
        clockMs: ledger.clockMs,
      },
      books: this.books,
      history: this.#history,
      statements: this.statements,
      feed: this.#feed,
    };
  }
}
