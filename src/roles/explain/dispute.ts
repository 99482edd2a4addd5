/** How a dispute went: every fact of it, with the entry that it stands on. */
import type { LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import type { DisputeQuestion } from '../../projections/dispute-book.ts';
import type { Evidence } from './chronicle.ts';
import { partyOf } from './party.ts';

export interface DisputeStep {
  readonly sequence: number;
  readonly step: string;
  readonly detail: string;
}

/** Empty: it was never disputed. */
export function disputeSteps({ books, chronicle }: Evidence, assignment: string): DisputeStep[] {
  return chronicle.about(`assignment/${assignment}`).flatMap((event) => {
    const detail = detailOf(event, books);
    if (detail === null) return [];
    const step = event.type.split('.')[2] ?? '';
    return [{ sequence: event.sequence, step, detail }];
  });
}

/** Null: no fact of a dispute. */
function detailOf(event: LedgerEvent, books: Books): string | null {
  const nameOf = (actor: (typeof event)['actor']): string => partyOf(books, actor).name;
  switch (event.type) {
    case 'daybook.dispute.opened.v1':
      return `${nameOf(event.actor)} stands by it`;
    case 'daybook.dispute.asked.v1': {
      const { round, question, defender } = event.data;
      return `round ${round}, against ${nameOf(defender)}: ${questionText(question)}`;
    }
    case 'daybook.dispute.answered.v1': {
      const { round, answer } = event.data;
      const said = answer.root ?? answer.opening?.entry.operation ?? answer.evidence?.digest;
      return `round ${round}, ${nameOf(event.actor)}: ${said ?? 'a proof'}`;
    }
    case 'daybook.dispute.referred.v1':
      return `with ${nameOf(event.data.defender)}, to referees`;
    case 'daybook.dispute.called.v1':
      return `${event.data.referees.map(nameOf).join(', ')} (${event.data.reason})`;
    case 'daybook.dispute.found.v1': {
      const { claimant, defender } = event.data;
      return `${nameOf(event.actor)}: claimant ${claimant}, defender ${defender}`;
    }
    case 'daybook.dispute.resolved.v1': {
      const { outcome, reasons, place } = event.data;
      const at =
        place === null
          ? ''
          : `; ${place.phase} of ${place.operation}, entry ${place.index} of step ${place.step}`;
      return `${outcome} (${reasons.join(', ')})${at}`;
    }
    default:
      return null;
  }
}

function questionText({ kind, step, position, role }: DisputeQuestion): string {
  const of = position === null ? '' : ` ${position}`;
  return `${kind}${of} of step ${step}${role === null ? '' : `, ${role}`}`;
}
