/** The laws that every simulation is held to. */
import type { LawOf } from '../law.ts';
import { clockForward, currentSessions, leadingOnce } from './order.ts';
import { boundedShares } from './selection.ts';
import { exclusiveSlots, oneDisposition } from './work.ts';
import { quorumJudges, quorumPromotes, verdictsAreTrue } from './judgement.ts';
import { cheatsArePunished, honestArePaid, honestGoUnpunished, valueIsConserved } from './value.ts';

export const LAWS: readonly LawOf[] = [
  clockForward,
  leadingOnce,
  currentSessions,
  exclusiveSlots,
  oneDisposition,
  boundedShares,
  quorumJudges,
  verdictsAreTrue,
  quorumPromotes,
  valueIsConserved,
  honestGoUnpunished,
  cheatsArePunished,
  honestArePaid,
];
