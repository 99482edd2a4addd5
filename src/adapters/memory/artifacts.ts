/** Artifacts in memory, shared by name through the world. */
import { artifactMissing, holdsIntact, verified } from '../artifact-digest.ts';
import { digestOf } from '../../events/digest.ts';
import type { MemoryWorld } from './world.ts';
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import type { Digest, LedgerId } from '../../events/ids.ts';

export function openArtifacts(world: MemoryWorld, ledger: LedgerId): Artifacts {
  const { artifacts } = world.ledger(ledger);
  const get = async (digest: Digest): Promise<Uint8Array> => {
    const bytes = artifacts.get(digest);
    if (bytes === undefined) throw artifactMissing(digest);
    return new Uint8Array(verified(digest, bytes));
  };
  return {
    put: async (bytes) => {
      const digest = digestOf(bytes);
      if (!(await holdsIntact(get, digest))) artifacts.set(digest, new Uint8Array(bytes));
      return { digest, sizeBytes: bytes.length };
    },
    get,
    range: async (digest, start, length) => {
      const bytes = artifacts.get(digest);
      if (bytes === undefined) throw artifactMissing(digest);
      return { bytes: bytes.slice(start, start + length), sizeBytes: bytes.length };
    },
    has: async (digest) => artifacts.has(digest),
    list: async function* () {
      for (const [digest, bytes] of artifacts) yield { digest, sizeBytes: bytes.length };
    },
    close: async () => undefined,
  };
}
