/** The ledger book: who sequences and who operates it, and the policy in force. */
import type { EventOf } from '../events/catalogue.ts';
import type { CurrentOfFamily } from '../events/upcast.ts';
import { FIRST_RULES } from '../events/upcast.ts';
import type { Books, Policy } from './books.ts';
import { byName, openWindow } from './books.ts';

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
      // Once windows keep their policies, they keep them from any other.
      if (books.policies === undefined) books.policy = event.data;
      else takeEffect(books, event.data);
      return;
    case 'daybook.policy.adopted.v3':
      takeEffect(books, policyOffered(event.data));
      return;
    case 'daybook.clock.ticked.v1':
      return;
    default:
      event satisfies never;
  }
}

/** A policy in force from now on; open windows keep theirs. */
export function takeEffect(books: Books, policy: Policy): void {
  const named = new Set(
    Object.keys(books.runs).flatMap((run) => openWindow(books, run)?.policyRevision ?? []),
  );
  const kept = byName<Policy>();
  const known = [...Object.values(books.policies ?? {}), ...(books.policy ? [books.policy] : [])];
  for (const old of known) if (named.has(old.revision)) kept[old.revision] = old;
  books.policies = kept;
  books.policy = policy;
}

/** A section that is null on the wire is absent in the books. */
export const policyOffered = (data: EventOf<'daybook.policy.adopted.v3'>['data']): Policy =>
  Object.fromEntries(Object.entries(data).filter(([, section]) => section !== null)) as Policy;
