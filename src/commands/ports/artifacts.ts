/**
 * Heavy bytes by SHA-256: checkpoints, deltas, datasets, tokenizers. Content-addressed, so puts are
 * idempotent and gets verify themselves. All adapters pass `src/testing/contracts/artifacts.ts`.
 */
import type { Digest } from '../../events/ids.ts';

export interface ArtifactInfo {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** Some of an artifact's bytes, as the store has them: nobody has checked them against the digest. */
export interface ArtifactRange {
  /** Fewer than were asked for where the artifact ends. */
  readonly bytes: Uint8Array;
  /** Of the whole artifact. */
  readonly sizeBytes: number;
}

export interface Artifacts {
  /** Durable when resolved; storing the same bytes again is a no-op. */
  put(bytes: Uint8Array): Promise<ArtifactInfo>;
  /**
   * The bytes, verified against the digest before they are returned.
   * @throws Fault artifact_missing | artifact_corrupt
   */
  get(digest: Digest): Promise<Uint8Array>;
  /** Whether something is filed under the digest; its bytes are verified by `get`, not here. */
  has(digest: Digest): Promise<boolean>;
  /**
   * The bytes from `start` on, `length` at most, without the rest in memory. Unverified: whoever uses
   * them checks them in another way. Absent where the store cannot.
   * @throws Fault artifact_missing | artifact_corrupt
   */
  range?(digest: Digest, start: number, length: number): Promise<ArtifactRange>;
  list(): AsyncIterable<ArtifactInfo>;
  close(): Promise<void>;
}
