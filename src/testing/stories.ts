/**
 * The stories: ledgers played without I/O that between them hold every type of the catalogue. Samples
 * are taken from them, and the laws of stories.test.ts hold for each. A process plays each but once.
 */
import type { MachineState } from '../commands/machine.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import type { Books } from '../projections/books.ts';
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

/** A desk on which all is said. */
export interface Told {
  readonly state: MachineState;
  readonly books: Books;
  readonly lines: readonly Uint8Array[];
  readonly events: readonly LedgerEvent[];
}

const plays: Readonly<Record<string, () => Desk>> = {
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

function once(play: () => Desk): () => Told {
  let told: Told | undefined;
  return () => (told ??= play());
}

export const stories: Readonly<Record<string, () => Told>> = Object.fromEntries(
  Object.entries(plays).map(([name, play]) => [name, once(play)]),
);
