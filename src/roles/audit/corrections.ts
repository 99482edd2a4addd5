/**
 * Corrections name what they correct by the entry that posted it. The books do not keep transfers for
 * ever, so the rules take the operator's word for one that is archived; whoever has the log looks.
 */
import type { EventOf, LedgerEvent } from '../../events/catalogue.ts';
import { Finding } from './check.ts';

type Correction = EventOf<'daybook.correction.posted.v1'>;

export const isCorrection = (event: LedgerEvent): event is Correction & LedgerEvent =>
  event.type === 'daybook.correction.posted.v1';

/**
 * Corrections looked up. @throws Finding at the first that names what was never posted
 * @param events at least the corrections and the entries that they name
 */
export function checkCorrections(events: readonly LedgerEvent[]): number {
  const corrections = events.filter(isCorrection);
  const bySequence = new Map<number, LedgerEvent>(events.map((event) => [event.sequence, event]));
  for (const correction of corrections)
    if (!names(bySequence.get(correction.data.original.sequence), correction))
      throw new Finding(
        `correction ${correction.data.correction} (entry ${correction.sequence}) names a transfer ` +
          `${correction.data.original.transfer} that its entry does not hold`,
      );
  return corrections.length;
}

/** That this entry posted the transfer, of this amount, from or to an account of the participant. */
function names(original: LedgerEvent | undefined, { sequence, data }: Correction): boolean {
  if (original === undefined || original.sequence >= sequence) return false;
  const { transfer, amount } = data.original;
  if (original.type === 'daybook.correction.posted.v1')
    return (
      transfer === `correction/${original.data.correction}` &&
      original.data.participant === data.participant &&
      original.data.amount === amount
    );
  if (original.type !== 'daybook.journal.posted.v1') return false;
  return original.data.transfers.some(
    (one) =>
      one.id === transfer &&
      one.unit === 'micro' &&
      one.amount === amount &&
      [one.debit, one.credit].some((account) => account.split('/').includes(data.participant)),
  );
}
