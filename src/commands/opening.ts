/** How a ledger begins: the fact that its authority signs first. */
import type { FactOf } from '../events/catalogue.ts';
import { originOf } from '../events/checkpoint.ts';
import type { ActorId, LedgerId } from '../events/ids.ts';

/** Version of the entry and tree format that new ledgers are written in. */
const FORMAT = 1;

export const openingOf = (
  ledger: LedgerId,
  authority: ActorId,
  operator: ActorId,
): FactOf<'daybook.ledger.opened.v1'> => ({
  type: 'daybook.ledger.opened.v1',
  data: { format: FORMAT, authority, operator, origin: originOf(ledger) },
});
