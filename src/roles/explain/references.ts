/**
 * What an entry points back to, by sequence: the entries its data names as its grounds. Types
 * that name no grounds rest on the command that caused them alone.
 */
import type { LedgerEvent } from '../../events/catalogue.ts';

/** Ascending, each once. */
export function groundsOf(event: LedgerEvent): number[] {
  switch (event.type) {
    case 'daybook.window.planned.v1':
      return [event.data.seedFrom];
    case 'daybook.participant.quarantined.v1':
      return ascending(event.data.evidence);
    case 'daybook.offence.found.v1':
      return ascending(event.data.evidence);
    case 'daybook.offence.overturned.v1':
      return ascending(event.data.because);
    case 'daybook.appeal.decided.v1':
      return ascending(event.data.votes);
    case 'daybook.challenge.resolved.v1':
      return ascending(event.data.verdicts);
    case 'daybook.aggregation.agreed.v1':
      return ascending(event.data.reports);
    case 'daybook.consensus.disagreed.v1':
      return ascending(event.data.validators.map(({ revealed }) => revealed));
    case 'daybook.journal.posted.v1':
      return ascending(event.data.transfers.flatMap((transfer) => transfer.because));
    default:
      return [];
  }
}

const ascending = (sequences: readonly number[]): number[] =>
  [...new Set(sequences)].sort((a, b) => a - b);
