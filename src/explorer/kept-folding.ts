/**
 * The explorer's folding as a snapshot: books and tree with the read models beside them. Only what
 * this explorer wrote itself comes back; a view that is not as it should be is as good as none, and
 * tiles have to give the tree that the log bears out.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { base64Of, bytesOfBase64 } from '../events/base64.ts';
import type { JsonValue } from '../events/canonical-json.ts';
import type { LedgerId } from '../events/ids.ts';
import { TileLevels } from '../events/tile-levels.ts';
import { restoreBooks } from '../projections/books-outline.ts';
import { sharing } from '../projections/copy-on-write.ts';
import type { Snapshot } from '../projections/snapshot.ts';
import type { FoldingStart } from './folding.ts';
import type { FeedLine } from './read-models/feed.ts';
import type { StatementLine } from './read-models/statements.ts';

/** Raised when history, statements or feed lines change what they look like. */
export const EXPLORER_VIEWS = { explorer: 2 };

export const snapshotOfFolding = (ledger: LedgerId, start: FoldingStart) => (): Snapshot => {
  const { books, tree, position, history, tiles, statements, feed, genesisHex } = start;
  const explorer = {
    history,
    statements: [...statements],
    feed,
    genesisHex,
    tiles: tiles === null ? null : base64Of(tiles.serialise()),
  };
  // It decides nothing, so it draws nothing.
  const roots = new Map<number, Uint8Array>();
  const views = { explorer: explorer as unknown as JsonValue };
  return { ledger, position, tree, roots, books, views };
};

export function foldingStartOf(snapshot: Snapshot): FoldingStart | null {
  const { ledger, books, tree, position, views } = snapshot;
  const view = (views['explorer'] ?? {}) as Partial<Record<string, JsonValue>>;
  const { statements, feed, genesisHex } = view;
  const history = restoreBooks(view['history'], ledger);
  const bytes = typeof view['tiles'] === 'string' ? bytesOfBase64(view['tiles']) : undefined;
  if (history === null || history.ledger.size !== tree.size || bytes === undefined) return null;
  if (!Array.isArray(statements) || !statements.every(isStatement)) return null;
  if (!Array.isArray(feed) || typeof genesisHex !== 'string') return null;
  const tiles = TileLevels.deserialise(bytes, tree);
  if (isLeft(tiles)) return null;
  return {
    books,
    history: sharing(history, books),
    tree,
    tiles: tiles.right,
    position,
    statements: new Map(statements as unknown as [string, StatementLine[]][]),
    feed: feed as unknown as FeedLine[],
    genesisHex,
  };
}

const isStatement = (pair: unknown): boolean =>
  Array.isArray(pair) && typeof pair[0] === 'string' && Array.isArray(pair[1]);
