/** What time does to open disputes. */
import type { Books } from '../../../projections/books.ts';
import { caseOf, silenceTimers } from './disputes.ts';
import { panelTimers } from './dispute-referees.ts';
import type { Timer } from '../rule.ts';

export function* disputeTimers(books: Books): Iterable<Timer> {
  for (const id of Object.keys(books.disputes ?? {})) {
    const about = caseOf(books, id);
    if (about.dispute.referred === null) yield* silenceTimers(books, about);
    else yield* panelTimers(books, about);
  }
}
