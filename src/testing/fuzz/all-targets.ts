/**
 * Every decoder of bytes that strangers can send, the riskiest first: a campaign feeds them in this
 * order. A new decoder is one line in the file of its kind under targets/.
 */
import type { FuzzTarget } from './target.ts';
import { chunkTargets } from './targets/chunks.ts';
import { codeTargets } from './targets/codes.ts';
import { deltaTargets } from './targets/deltas.ts';
import { entryTargets } from './targets/entries.ts';
import { modelTargets } from './targets/models.ts';
import { noteTargets } from './targets/notes.ts';
import { provableTargets } from './targets/provables.ts';
import { recordingTargets } from './targets/recordings.ts';
import { requestTargets } from './targets/requests.ts';
import { snapshotTargets } from './targets/snapshots.ts';
import { tensorTargets } from './targets/tensors.ts';
import { tileTargets } from './targets/tiles.ts';

export const allTargets: readonly FuzzTarget[] = [
  ...requestTargets,
  ...entryTargets,
  ...noteTargets,
  ...recordingTargets,
  ...provableTargets,
  ...tileTargets,
  ...chunkTargets,
  ...snapshotTargets,
  ...tensorTargets,
  ...deltaTargets,
  ...modelTargets,
  ...codeTargets,
];
