/**
 * A claim of speed against what the ledger saw. The time from the entry of a claim to the entry of
 * the commitment is at least what the work took, so the speed seen is a lower bound: it can clear a
 * claim, and a low one, window after window, speaks against it. It cannot tell slow hardware from a
 * slow line or a node that does other work, nor show that a claim is too modest.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { Books } from '../../../projections/books.ts';
import { must, policyOf, windowKey } from '../../../projections/books.ts';
import { submittedIn } from '../../../projections/grouped-stages.ts';
import { fact } from '../rule.ts';

/** Only what changes is told. */
export function judgeClaims(books: Books, event: EventOf<'daybook.window.scored.v1'>): Fact[] {
  const window = must(books.windows[windowKey(event.data.run, event.data.window)], 'window');
  const terms = policyOf(books, window).registry;
  if (terms === undefined || books.capabilities === undefined) return [];
  const workers = new Set(
    submittedIn(window)
      .filter(({ disposition }) => disposition === 'accepted')
      .map(({ participant }) => participant),
  );
  return [...workers].flatMap((participant) => {
    const capability = books.capabilities?.[participant];
    if (capability === undefined || capability.measured === null) return [];
    const { slow, judgement, measured, claim } = capability;
    const found = slow === 0 ? 'as_claimed' : slow >= terms.claimWindows ? 'overstated' : judgement;
    if (found === null || found === judgement) return [];
    const claimed = claim.tokensPerSecond;
    return [
      fact('daybook.capability.measured.v1', {
        participant,
        judgement: found,
        claimed,
        measured,
      }),
    ];
  });
}
