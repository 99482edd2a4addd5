/** The ledger book: who sequences and who operates it, and the policy in force. */
import type { CurrentOfFamily } from '../events/upcast.ts';
import { FIRST_RULES } from '../events/upcast.ts';
import type { Books } from './books.ts';

export function foldLedger(
  books: Books,
  event: CurrentOfFamily<'ledger' | 'clock' | 'policy'>,
): void {
  switch (event.type) {
    case 'daybook.ledger.opened.v2':
      books.ledger.authority = event.data.authority;
      books.ledger.operator = event.data.operator;
      books.ledger.origin = event.data.origin;
      if (event.data.rules !== FIRST_RULES) books.ledger.rules = event.data.rules;
      if (event.data.nonce !== null) books.ledger.nonce = event.data.nonce;
      return;
    case 'daybook.policy.adopted.v1':
    case 'daybook.policy.adopted.v2':
      books.policy = event.data;
      return;
    case 'daybook.clock.ticked.v1':
      return;
    default:
      event satisfies never;
  }
}
