/** The ledger book: who sequences and who operates it, and the policy in force. */
import type { EventOfFamily } from '../events/catalogue.ts';
import type { Books } from './books.ts';

export function foldLedger(
  books: Books,
  event: EventOfFamily<'ledger' | 'clock' | 'policy'>,
): void {
  switch (event.type) {
    case 'daybook.ledger.opened.v1':
      books.ledger.authority = event.data.authority;
      books.ledger.operator = event.data.operator;
      books.ledger.origin = event.data.origin;
      return;
    case 'daybook.policy.adopted.v1':
      books.policy = event.data;
      return;
    case 'daybook.clock.ticked.v1':
      return;
    default:
      event satisfies never;
  }
}
