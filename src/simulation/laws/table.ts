/** The laws that every simulation is held to. */
import type { LawOf } from '../law.ts';
import { clockForward, leadingOnce } from './order.ts';
import { exclusiveSlots, oneDisposition } from './work.ts';
import { quorumPromotes, verdictsAreTrue } from './judgement.ts';
import { honestArePaid, honestGoUnpunished, valueIsConserved } from './value.ts';

export const LAWS: readonly LawOf[] = [
  clockForward,
  leadingOnce,
  exclusiveSlots,
  oneDisposition,
  verdictsAreTrue,
  quorumPromotes,
  valueIsConserved,
  honestGoUnpunished,
  honestArePaid,
];
