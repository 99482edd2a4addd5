/** How settled rewards become claimable. */
import { integer, object } from '../../codecs.ts';
import { durationMs } from './duration.ts';

/** A run keeps the terms under which it closed its first period. */
export const vestingSection = object({
  /** Periods until a payout is claimable; so long a penalty still reaches it. */
  periods: integer(1, 64),
  /** After a run has ended no period closes any more: a period's payouts vest each time so much has passed. */
  turnMs: durationMs,
});
