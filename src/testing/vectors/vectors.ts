/** All golden vectors by the names of their files in fixtures/vectors: what other languages test with. */
import { checkpointVectors, commitVectors, entryVectors, treeVectors } from './log-vectors.ts';
import { deltaVectors, safetensorsVectors, trainingVectors } from './tensor-vectors.ts';
import { canonicalVectors, digestVectors, keyVectors, statementVectors } from './text-vectors.ts';

export const VECTORS: Readonly<Record<string, () => unknown>> = {
  'canonical-json': canonicalVectors,
  checkpoints: checkpointVectors,
  commits: commitVectors,
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
