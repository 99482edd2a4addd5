/** The laws that every simulation is held to. */
import type { LawOf } from '../law.ts';
import { cheatsAreCaught } from './detection.ts';
import { honestModelImproves } from './improvement.ts';
import { clockForward, currentSessions, leadingOnce } from './order.ts';
import { fraudIsFound, onlyFraudIsSlashed } from './offences.ts';
import { claimsOnTheState, exclusiveSlots, oneDisposition } from './work.ts';
import { councilDecides } from './governance.ts';
import { boundedShares } from './selection.ts';
import { quorumJudges, quorumPromotes, verdictsAreTrue } from './judgement.ts';
import { honestScoresDecide } from './scores.ts';
import { cheatsArePunished, honestArePaid, honestGoUnpunished, valueIsConserved } from './value.ts';

export const LAWS: readonly LawOf[] = [
  clockForward,
  leadingOnce,
  currentSessions,
  exclusiveSlots,
  oneDisposition,
  claimsOnTheState,
  boundedShares,
  quorumJudges,
  verdictsAreTrue,
  quorumPromotes,
  honestScoresDecide,
  valueIsConserved,
  honestGoUnpunished,
  cheatsArePunished,
  cheatsAreCaught,
  honestArePaid,
  fraudIsFound,
  onlyFraudIsSlashed,
  honestModelImproves,
  councilDecides,
];
