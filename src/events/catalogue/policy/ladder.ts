/** What an offence costs, rung by rung, and how it can be appealed. */
import { amount, integer, object, oneOf } from '../../codecs.ts';
import { durationMs } from './duration.ts';

/** From the lightest to the heaviest; whoever is slashed is quarantined too. */
export const RUNGS = ['warned', 'deweighted', 'quarantined', 'slashed'] as const;
export const rung = oneOf(...RUNGS);

export const ladderSection = object({
  /** Where the ladder begins for what can be proved; what is merely observed begins with a warning. */
  first: object({
    /** Contributions that are not what was assigned. */
    work: rung,
    /** Verdicts and reports that a quorum, or a dispute, has shown to be wrong. */
    verdict: rung,
    /** Signatures under two things that cannot both be honest. */
    signature: rung,
  }),
  /** Offences that are warned of before the next rung. */
  warnings: integer(0, 1000),
  /** Part of its credits that is left to who is de-weighted. */
  deweightBps: integer(0, 10_000),
  /** Windows for which a de-weighting holds. */
  deweightWindows: integer(0, 1_000_000),
  /** Windows for which a quarantine holds. */
  quarantineWindows: integer(0, 1_000_000),
  /** Part of the escrow and of what is not yet vested that a slashing takes. */
  slashBps: integer(0, 10_000),
  /** Windows after which an offence counts no longer towards the next rung. */
  memoryWindows: integer(1, 1_000_000),
  /** From the finding until it can no longer be appealed; what was slashed is held so long. */
  appealMs: durationMs,
  /** From the filing of an appeal until those who voted decide, however few. */
  panelMs: durationMs,
  /** Members drawn for an appeal's panel, where there are so many. */
  panelSize: integer(1, 64),
  /** Equal votes of the panel that decide at once. */
  quorum: integer(1, 64),
  /** Taken from escrow until the appeal is decided; lost where the offence is upheld. */
  bond: amount,
});
