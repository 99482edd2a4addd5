/** What a history lets go of, so that it grows with what people look at and not with entries. */
import type { Books } from '../../projections/books.ts';
import { byName } from '../../projections/books.ts';

/** Ids of commands and of transfers: nobody looks them up here. Under the first rules they are counted by. */
export function forgetIds(history: Books): void {
  if (history.ledger.nonce === undefined) return;
  // Not deleted: objects that lose members are slow ever after.
  history.recent = byName();
  history.rewards.transfers = byName();
}
