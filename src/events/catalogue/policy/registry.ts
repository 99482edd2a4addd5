/** Who may register, with what stake, and what is asked of its claims. */
import { amount, integer, object, oneOf } from '../../codecs.ts';
import { durationMs } from './duration.ts';

export const registrySection = object({
  /** curated: the operator admits each; permissioned: an invitation is needed; open: stake suffices. */
  posture: oneOf('curated', 'permissioned', 'open'),
  /** Least escrow of a worker that gets work. */
  workerStake: amount,
  /** Least escrow of a validator that judges. */
  validatorStake: amount,
  /** From the wish to leave until escrow is free: what it did can be punished for so long. */
  unbondMs: durationMs,
  /** From an offer of work until it lapses. */
  offerMs: durationMs,
  /** Measured speed at or above this part of the claimed one is as claimed. */
  claimToleranceBps: integer(0, 10_000),
  /** Windows below it in a row until the claim counts as overstated. */
  claimWindows: integer(1, 1000),
  /** Identities that share a sign of one owner and get no more than one slot a window together. */
  clusterMax: integer(1, 1024),
});
