/** Artifacts in memory, shared by name through the world. */
import { artifactMissing, verified } from '../artifact-digest.ts';
import { digestOf } from '../../events/digest.ts';
import type { MemoryWorld } from './world.ts';
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import type { LedgerId } from '../../events/ids.ts';

export function openArtifacts(world: MemoryWorld, ledger: LedgerId): Artifacts {
  const { artifacts } = world.ledger(ledger);
  return {
    put: async (bytes) => {
      const digest = digestOf(bytes);
      if (!artifacts.has(digest)) artifacts.set(digest, bytes.slice());
      return { digest, sizeBytes: bytes.length };
    },
    get: async (digest) => {
      const bytes = artifacts.get(digest);
      if (bytes === undefined) throw artifactMissing(digest);
      return verified(digest, bytes).slice();
    },
    has: async (digest) => artifacts.has(digest),
    list: async function* () {
      for (const [digest, bytes] of artifacts) yield { digest, sizeBytes: bytes.length };
    },
    close: async () => undefined,
  };
}
