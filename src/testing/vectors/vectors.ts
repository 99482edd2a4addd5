/** All golden vectors by the names of their files in fixtures/vectors: what other languages test with. */
import { chunkVectors, consentVectors } from './joining-vectors.ts';
import { checkpointVectors, commitVectors, entryVectors, treeVectors } from './log-vectors.ts';
import { deltaVectors, safetensorsVectors, trainingVectors } from './tensor-vectors.ts';
import { canonicalVectors, digestVectors, keyVectors, statementVectors } from './text-vectors.ts';

export const VECTORS: Readonly<Record<string, () => unknown>> = {
  'canonical-json': canonicalVectors,
  checkpoints: checkpointVectors,
  chunks: chunkVectors,
  commits: commitVectors,
  consents: consentVectors,
  deltas: deltaVectors,
  digests: digestVectors,
  entries: entryVectors,
  keys: keyVectors,
  safetensors: safetensorsVectors,
  statements: statementVectors,
  training: trainingVectors,
  tree: treeVectors,
};

/** The text of one file. */
export const vectorText = async (make: () => unknown): Promise<string> =>
  `${JSON.stringify(await make(), null, 1)}\n`;
