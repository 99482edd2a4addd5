/** How settled rewards become claimable. */
import { integer, object } from '../../codecs.ts';

export const vestingSection = object({
  /** Periods until a payout is claimable; so long a penalty still reaches it. */
  periods: integer(1, 64),
});
