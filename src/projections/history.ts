/**
 * The history: the books with all that they archive, for people. Ids of commands and of transfers are
 * let go once their batch is folded: nobody looks at them here, and the books beside it have made sure
 * that none comes twice. What is left grows with windows, revisions and periods.
 */
import type { LedgerEvent } from '../events/catalogue.ts';
import type { Books } from './books.ts';
import { byName } from './books.ts';
import type { Revise } from './fold.ts';
import { foldWhole } from './fold.ts';

/** @param events of whole commits */
export const foldHistory = (
  history: Books,
  events: readonly LedgerEvent[],
  revise: Revise,
): Books =>
  revise(history, (draft) => {
    for (const event of events) foldWhole(draft, event);
    delete draft.recent;
    draft.commands = byName();
    draft.rewards.transfers = byName();
  });
