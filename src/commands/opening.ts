/** How a ledger begins: the fact that its authority signs first. */
import type { FactOf } from '../events/catalogue.ts';
import { originOf } from '../events/checkpoint.ts';
import type { ActorId, LedgerId } from '../events/ids.ts';

/** Version of the entry and tree format that new ledgers are written in. */
const FORMAT = 2;
/**
 * Version of the rules that new ledgers are decided by. Ledgers of earlier rules are decided by
 * theirs for ever: where rules differ, the code asks `rulesOf(books)`.
 */
export const RULES = 3;

/** @param nonce 64 hex digits, drawn at random */
export const openingOf = (
  ledger: LedgerId,
  authority: ActorId,
  operator: ActorId,
  nonce: string,
): FactOf<'daybook.ledger.opened.v2'> => ({
  type: 'daybook.ledger.opened.v2',
  data: { format: FORMAT, rules: RULES, authority, operator, origin: originOf(ledger), nonce },
});

/** The id of the command that opens a ledger; it is the only one that no tag can be in. */
export const openingId = (nonce: string): string => `open-${nonce.slice(0, 8)}`;
