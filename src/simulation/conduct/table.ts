/** The conducts there are, by name: a new one is a file's worth of difference and a line here. */
import { equivocates } from './authorities.ts';
import type { Conduct } from './conduct.ts';
import { saysTwoThings } from './equivocation.ts';
import { committingTwice } from './greed.ts';
import { meddles, pastSession, steals } from './intruders.ts';
import { babbles, forges, replays } from './pranks.ts';
import { bribed, copiesScores } from './scorers.ts';
import {
  acceptsAll,
  colludes,
  guesses,
  keepsSilent,
  rejectsAll,
  reportsFalsely,
} from './validators.ts';
import {
  alteredDelta,
  copiedDelta,
  driftedState,
  muteHeart,
  neverCommits,
  neverReveals,
  revealsNothing,
  revealsOther,
  sharedDelta,
  staleRevision,
  wrongPages,
  wrongReceipt,
} from './workers.ts';

export const CONDUCTS = {
  'altered-delta': alteredDelta,
  'copied-delta': copiedDelta,
  'shared-delta': sharedDelta,
  'stale-revision': staleRevision,
  'drifted-state': driftedState,
  'wrong-pages': wrongPages,
  'wrong-receipt': wrongReceipt,
  'commits-twice': committingTwice,
  'never-commits': neverCommits,
  'never-reveals': neverReveals,
  'reveals-other': revealsOther,
  'reveals-nothing': revealsNothing,
  'mute-heart': muteHeart,
  'says-two-things': saysTwoThings,
  steals,
  'past-session': pastSession,
  replays,
  forges,
  babbles,
  meddles,
  'accepts-all': acceptsAll,
  'rejects-all': rejectsAll,
  guesses,
  'keeps-silent': keepsSilent,
  colludes,
  'reports-falsely': reportsFalsely,
  bribed,
  'copies-scores': copiesScores,
  equivocates,
} as const satisfies Record<string, Conduct>;

export type ConductName = keyof typeof CONDUCTS;

export const conductNames = Object.keys(CONDUCTS) as ConductName[];

export const conductsOf = (role: Conduct['role']): ConductName[] =>
  conductNames.filter((name) => CONDUCTS[name].role === role);
