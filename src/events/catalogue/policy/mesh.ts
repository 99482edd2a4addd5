/** Who contributes to a window, of all that are alive: rank, freshness, diversity. */
import { integer, object } from '../../codecs.ts';
import { durationMs } from './duration.ts';

export const meshSection = object({
  /** Stand-bys named with a window, after its contributors. */
  standbyMax: integer(0, 512),
  /** Part of the slots that are drawn among all, whatever their rank, so that newcomers are seen. */
  exploreBps: integer(0, 10_000),
  /** Not heard from for so long: not fresh enough for a slot of a window being planned. */
  freshMs: durationMs,
  /** Slots of a window that the identities of one cluster may hold together. */
  clusterSlots: integer(1, 1024),
  /** Live workers below which a departure that can wait is refused. */
  workersMin: integer(0, 1_000_000),
  /** The same of validators. */
  validatorsMin: integer(0, 1_000_000),
});
