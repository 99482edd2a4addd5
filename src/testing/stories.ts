/**
 * The stories: ledgers played without I/O that between them hold every type of the catalogue. Samples
 * are taken from them, and the laws of stories.test.ts hold for each.
 */
import type { Desk } from './desk.ts';
import { overturnedStory } from './dispute-case.ts';
import { pinnedPolicyStory } from './pinned-policy-story.ts';
import { scoringStory } from './stories/scoring.ts';
import { wholeStory } from './story.ts';

export const stories: Readonly<Record<string, () => Desk>> = {
  'a whole run': () => wholeStory().desk,
  'an overturned rejection': overturnedStory,
  'windows that are scored': scoringStory,
  'a policy adopted while a window is open': pinnedPolicyStory,
};
