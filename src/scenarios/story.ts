/**
 * A story: a small network with somebody in it who does not keep to the rules, and what must come of
 * it. Plain data, told the same whatever it is played on. The policy is what the story changes of the
 * default one, section by section.
 */
import type { ConductName } from '../simulation/conduct/table.ts';
import type { FaultKind } from '../simulation/faults.ts';
import type { MaterialName } from '../simulation/material.ts';
import type { Policy } from '../projections/books.ts';

export interface StoryParty {
  readonly name: string;
  readonly role: 'worker' | 'validator' | 'authority';
  readonly conduct: ConductName | 'honest';
  /** Who recovers its key, where nodes register themselves; absent: itself. */
  readonly owner?: string;
}

export interface StoryTrouble {
  readonly kind: FaultKind;
  readonly targets: readonly string[];
  /** Milliseconds since the run started. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly amount: number;
}

/** `3` or `">=1"`. */
export type Count = number | string;

/** What a play is held to; what a story does not name is not asked. Lists of names are whole lists. */
export interface Expected {
  readonly completed?: boolean;
  /** Windows that brought a new revision, and that did not. */
  readonly promoted?: Count;
  readonly held?: Count;
  /** Whose work was rejected, and every reason given for it. */
  readonly rejected?: Readonly<Record<string, readonly string[]>>;
  /** Contributions that no quorum could judge. */
  readonly undecided?: Count;
  readonly quarantined?: readonly string[];
  /** Who paid from their stake. */
  readonly penalised?: readonly string[];
  readonly paid?: readonly string[];
  readonly unpaid?: readonly string[];
  /** Validators whose verdict a quorum overruled. */
  readonly overruled?: readonly string[];
  /** Who began more than one session. */
  readonly returned?: readonly string[];
  /** Identities that the ledger holds for one owner's, group by group. */
  readonly clusters?: readonly (readonly string[])[];
  /** The most slots of one window that went to one owner. */
  readonly slotsOfOwner?: Count;
  /** Answers of each code that somebody got. */
  readonly refusals?: Readonly<Record<string, Count>>;
  /** The model's held-out loss fell from its first revision to its last. */
  readonly improves?: boolean;
  /** Two signed heads that convict the authority. */
  readonly fork?: boolean;
  /** `ok`: the audit of recording, books and weights holds. */
  readonly audit?: string;
  /** `hold`: every law of simulations holds over the log. They know the toy model alone. */
  readonly laws?: string;
}

export interface Story {
  readonly title: string;
  readonly story: string;
  readonly seed: string;
  readonly windows: number;
  readonly slots: number;
  readonly parties: readonly StoryParty[];
  readonly policy: Policy;
  readonly trouble: readonly StoryTrouble[];
  /** `toy`: the model of simulations; anything else is trained with real kernels. */
  readonly material: MaterialName;
  readonly expect: Expected;
}
