/** Stages of a participant: canary, limited, full; each gate is checked by rule. */
import { integer, object } from '../../codecs.ts';

export const admissionSection = object({
  /** Accepted contributions (or agreeing verdicts) until a canary is let on. */
  canaryAccepted: integer(1, 1_000_000),
  /** The same for who is limited. */
  limitedAccepted: integer(1, 1_000_000),
  /** Windows at most in which a canary may take to get there. */
  canaryWindows: integer(1, 1_000_000),
  /** Slots of a window that canaries may hold together. */
  canarySlots: integer(0, 1024),
  /** Part of the credits that a canary's work earns. */
  canaryPayBps: integer(0, 10_000),
  /** The same for who is limited. */
  limitedPayBps: integer(0, 10_000),
});
