/** How validators score what a window brought, and how their scores become one. */
import { integer, object } from '../../codecs.ts';
import { durationMs } from './duration.ts';

export const scoringSection = object({
  /** From the window's resolution until the score vectors must be committed. */
  commitMs: durationMs,
  /** From then until they must be revealed. */
  revealMs: durationMs,
  /** Held-out pages, drawn by the seed, that scores are measured on. */
  pages: integer(1, 65_536),
  /** Share of stake that must give a weight for it to count, in 65,535ths (Yuma's kappa). */
  kappa: integer(1, 65_535),
  /** Share of the newest bonds in the average, in parts per million (Yuma's alpha). */
  bondAlphaPpm: integer(0, 1_000_000),
  /** Stake that must have revealed for a consensus, in basis points. */
  quorumBps: integer(1, 10_000),
  /** Distance of a vector from the consensus, in basis points, from which it is a disagreement. */
  disagreementBps: integer(0, 10_000),
});
