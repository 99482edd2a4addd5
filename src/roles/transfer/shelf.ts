/**
 * Where a party keeps artifacts that it fetches, whole ones and one begun each. Invariant: the cursor
 * of a begun one counts chunks that were checked and are here; it moves after the bytes do, and a
 * whole one gets its name after its digest was seen.
 */
import { artifactMissing } from '../../adapters/artifact-digest.ts';
import type { ArtifactRange } from '../../commands/ports/artifacts.ts';
import type { Digest } from '../../events/ids.ts';
import type { ChunkList } from './chunk-list.ts';

export interface Begun {
  readonly list: ChunkList;
  /** Index of the first chunk that is not here. */
  readonly next: number;
}

export interface Shelf {
  /** What was begun of this artifact and not finished; null: nothing. */
  begun(digest: Digest): Promise<Begun | null>;
  /** Begins anew, in place of what was begun before. */
  begin(list: ChunkList): Promise<void>;
  /** The chunk at the cursor, checked; the cursor moves past it. */
  add(list: ChunkList, index: number, bytes: Uint8Array): Promise<void>;
  /** The chunks that are here, in order. */
  chunks(list: ChunkList): AsyncIterable<Uint8Array>;
  /** All its chunks are here and have the digest: it is whole. */
  finish(list: ChunkList): Promise<void>;
  /** Forgets what was begun. */
  discard(digest: Digest): Promise<void>;
  /** A whole artifact as it is here now: bytes that nobody has checked since. Null: not here. */
  get(digest: Digest): Promise<Uint8Array | null>;
  /** Part of a whole one, the same way. @throws Fault artifact_missing */
  range(digest: Digest, start: number, length: number): Promise<ArtifactRange>;
  /** Puts a whole artifact here. */
  keep(digest: Digest, bytes: Uint8Array): Promise<void>;
  remove(digest: Digest): Promise<void>;
  /** Whole ones. */
  digests(): Promise<Digest[]>;
}

export class MemoryShelf implements Shelf {
  readonly #begun = new Map<Digest, { list: ChunkList; parts: Uint8Array[] }>();
  readonly #whole = new Map<Digest, Uint8Array>();

  async begun(digest: Digest): Promise<Begun | null> {
    const found = this.#begun.get(digest);
    return found === undefined ? null : { list: found.list, next: found.parts.length };
  }

  async begin(list: ChunkList): Promise<void> {
    this.#begun.set(list.digest, { list, parts: [] });
  }

  async add({ digest }: ChunkList, index: number, bytes: Uint8Array): Promise<void> {
    const parts = this.#begun.get(digest)?.parts;
    if (parts?.length !== index) throw new Error(`invariant: chunk ${index} is not the next one`);
    parts.push(Uint8Array.from(bytes));
  }

  async *chunks({ digest }: ChunkList): AsyncIterable<Uint8Array> {
    yield* this.#begun.get(digest)?.parts ?? [];
  }

  async finish({ digest }: ChunkList): Promise<void> {
    this.#whole.set(digest, Buffer.concat(this.#begun.get(digest)?.parts ?? []));
    this.#begun.delete(digest);
  }

  async discard(digest: Digest): Promise<void> {
    this.#begun.delete(digest);
  }

  async get(digest: Digest): Promise<Uint8Array | null> {
    return this.#whole.get(digest) ?? null;
  }

  async range(digest: Digest, start: number, length: number): Promise<ArtifactRange> {
    const bytes = this.#whole.get(digest);
    if (bytes === undefined) throw artifactMissing(digest);
    return { bytes: bytes.subarray(start, start + length), sizeBytes: bytes.length };
  }

  async keep(digest: Digest, bytes: Uint8Array): Promise<void> {
    this.#whole.set(digest, bytes);
  }

  async remove(digest: Digest): Promise<void> {
    this.#whole.delete(digest);
  }

  async digests(): Promise<Digest[]> {
    return [...this.#whole.keys()];
  }
}
