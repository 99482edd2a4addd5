/**
 * The six surfaces under which people speak of a network's policy, and which sections are which: every
 * section belongs to one. `npm run docs` prints the table; `daybook network` groups by it.
 */
import type { DataOfType } from '../../catalogue.ts';

export type Surface =
  'training' | 'validator' | 'collective' | 'artifact' | 'environment' | 'sandbox';
export type PolicySection = Exclude<keyof DataOfType<'daybook.policy.adopted.v3'>, 'revision'>;

export const SURFACES: Readonly<Record<Surface, string>> = {
  training: 'How windows of training go and when what they learned becomes a revision.',
  validator: 'How work is judged, and what follows for whoever did it.',
  collective: 'Who takes part, in what standing, for which pay, and how all this is changed.',
  artifact: 'What is stored and transferred, and how large it may be.',
  environment: 'What a node may run on.',
  sandbox:
    'What code of others may do on a node. No section: a node runs its own build and no code of others.',
};

export const SURFACE_OF: Readonly<Record<PolicySection, Surface>> = {
  liveness: 'training',
  window: 'training',
  promotion: 'training',
  mesh: 'training',
  cadence: 'training',
  validation: 'validator',
  fraud: 'validator',
  dispute: 'validator',
  scoring: 'validator',
  ladder: 'validator',
  rewards: 'collective',
  vesting: 'collective',
  registry: 'collective',
  admission: 'collective',
  governance: 'collective',
  catchUp: 'artifact',
  artifact: 'artifact',
  environment: 'environment',
};
