/**
 * The stories: ledgers played without I/O that between them hold every type of the catalogue. Samples
 * are taken from them, and the laws of stories.test.ts hold for each.
 */
import type { Desk } from './desk.ts';
import { overturnedStory } from './dispute-case.ts';
import { pinnedPolicyStory } from './pinned-policy-story.ts';
import { networkStory } from './stories/network.ts';
import { meshStory } from './stories/mesh.ts';
import { moneyStory } from './stories/money.ts';
import { registryStory } from './stories/registry.ts';
import { scoringStory } from './stories/scoring.ts';
import { ladderStory, struckStory } from './stories/ladder.ts';
import { slashingStory } from './stories/slashing.ts';
import { stagesStory } from './stories/stages.ts';
import { catchUpStory } from './stories/catch-up.ts';
import { wholeStory } from './story.ts';

export const stories: Readonly<Record<string, () => Desk>> = {
  'a whole run': () => wholeStory().desk,
  'an overturned rejection': overturnedStory,
  'a mesh with stages': meshStory,
  'money that vests': moneyStory,
  'windows that are scored': scoringStory,
  'offences, appeals and a key that signed two things': ladderStory,
  'an offence that a dispute strikes': struckStory,
  'a slashing that reaches what has not vested': slashingStory,
  'a policy adopted while a window is open': pinnedPolicyStory,
  'a network and its council': networkStory,
  'a network by invitation': registryStory,
  'joiners that catch up': catchUpStory,
  'slots in stages': stagesStory,
};
