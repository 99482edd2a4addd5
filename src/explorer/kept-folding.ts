/**
 * The explorer's folding as a snapshot: books and tree with the read models beside them. Only what
 * this explorer wrote itself comes back; a view that is not as it should be is as good as none.
 */
import type { JsonValue } from '../events/canonical-json.ts';
import type { LedgerId } from '../events/ids.ts';
import { TileLevels } from '../events/tile-levels.ts';
import { restoreBooks } from '../projections/books-outline.ts';
import type { Snapshot } from '../projections/snapshot.ts';
import type { FoldingStart } from './folding.ts';
import type { FeedLine } from './read-models/feed.ts';
import type { StatementLine } from './read-models/statements.ts';

/** Raised when statements or feed lines change what they look like. */
export const EXPLORER_VIEWS = { explorer: 1 };

export const snapshotOfFolding = (ledger: LedgerId, start: FoldingStart) => (): Snapshot => {
  const { books, history, tree, tiles, position, statements, feed, genesisHex } = start;
  return {
    ledger,
    position,
    tree,
    // It decides nothing, so it draws nothing.
    roots: new Map(),
    books,
    views: {
      explorer: {
        history,
        tiles: tiles?.serialise() ?? null,
        statements: [...statements],
        feed,
        genesisHex,
      } as unknown as JsonValue,
    },
  };
};

export function foldingStartOf(snapshot: Snapshot): FoldingStart | null {
  const { books, tree, position, views, ledger } = snapshot;
  const { statements, feed, genesisHex, ...kept } = (views['explorer'] ?? {}) as Partial<
    Record<string, JsonValue>
  >;
  if (!Array.isArray(statements) || !statements.every(isStatement)) return null;
  if (!Array.isArray(feed) || typeof genesisHex !== 'string') return null;
  const history = restoreBooks(kept['history'], ledger);
  const tiles = TileLevels.deserialise(kept['tiles'], tree.size);
  if (history === null || tiles === null) return null;
  return {
    books,
    history,
    tiles,
    tree,
    position,
    statements: new Map(statements as unknown as [string, StatementLine[]][]),
    feed: feed as unknown as FeedLine[],
    genesisHex,
  };
}

const isStatement = (pair: unknown): boolean =>
  Array.isArray(pair) && typeof pair[0] === 'string' && Array.isArray(pair[1]);
