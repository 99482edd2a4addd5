/**
 * Content addresses of artifacts. Invariant: no artifact store returns bytes that do not hash to the
 * digest they were asked for by.
 */
import assert from 'node:assert';
import { digestOf, isDigest } from '../events/digest.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Digest } from '../events/ids.ts';

const PREFIX = 'sha256:';

/** The 64 hex digits, under which stores file the bytes. */
export function hexOf(digest: Digest): string {
  assert(isDigest(digest), `not a digest: ${digest}`);
  return digest.slice(PREFIX.length);
}

/** The digest filed under this name; null when the name is not a digest's. */
export function digestOfHex(name: string): Digest | null {
  const digest = `${PREFIX}${name}`;
  return isDigest(digest) ? digest : null;
}

export const artifactMissing = (digest: Digest): Fault =>
  new Fault('artifact_missing', `No artifact is stored under ${digest}.`, { retryable: false });

/** @throws Fault artifact_corrupt */
export function verified(digest: Digest, bytes: Uint8Array): Uint8Array {
  const actual = digestOf(bytes);
  if (actual !== digest) {
    throw new Fault(
      'artifact_corrupt',
      `The artifact under ${digest} has the bytes of ${actual}.`,
      {
        retryable: false,
      },
    );
  }
  return bytes;
}

/**
 * Whether the bytes are there and are the ones their digest names. Stores ask before they skip a
 * put: what is damaged is written again, so that storing the true bytes always heals.
 */
export async function holdsIntact(
  get: (digest: Digest) => Promise<Uint8Array>,
  digest: Digest,
): Promise<boolean> {
  try {
    await get(digest);
    return true;
  } catch (error) {
    const code = error instanceof Fault ? error.code : null;
    if (code === 'artifact_missing' || code === 'artifact_corrupt') return false;
    throw error;
  }
}
