/** What an offence costs, rung by rung, and how it can be appealed. */
import { amount, integer, object } from '../../codecs.ts';
import { durationMs } from './duration.ts';

export const ladderSection = object({
  /** Offences that are warned of before the next rung. */
  warnings: integer(0, 1000),
  /** Part of its credits that is left to who is de-weighted. */
  deweightBps: integer(0, 10_000),
  /** Windows for which a de-weighting and a quarantine hold. */
  deweightWindows: integer(0, 1_000_000),
  quarantineWindows: integer(0, 1_000_000),
  /** Part of the escrow and of what is not yet vested that a slashing takes. */
  slashBps: integer(0, 10_000),
  /** Epoch after which offences are forgotten, in windows. */
  memoryWindows: integer(1, 1_000_000),
  /** From the finding until it can no longer be appealed; what was slashed is held so long. */
  appealMs: durationMs,
  /** From the drawing of an appeal's panel until its silent members are passed over. */
  panelMs: durationMs,
  panelSize: integer(1, 64),
  /** Votes of the panel that overturn. */
  quorum: integer(1, 64),
  bond: amount,
});
