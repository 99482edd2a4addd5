/**
 * The stories: ledgers played without I/O that between them hold every type of the catalogue. Samples
 * are taken from them, and the laws of stories.test.ts hold for each.
 */
import type { Desk } from './desk.ts';
import { overturnedStory } from './dispute-case.ts';
import { pinnedPolicyStory } from './pinned-policy-story.ts';
import { catchUpStory } from './stories/catch-up.ts';
import { wholeStory } from './story.ts';

export const stories: Readonly<Record<string, () => Desk>> = {
  'a whole run': () => wholeStory().desk,
  'an overturned rejection': overturnedStory,
  'a policy adopted while a window is open': pinnedPolicyStory,
  'joiners that catch up': catchUpStory,
};
