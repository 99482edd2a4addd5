/**
 * A store behind a cache on the disk: what was asked for once is served from here. The artifact
 * served longest ago makes room; one larger than the cache is read from the store in ranges.
 */
import type { Digest } from '../../events/ids.ts';
import type { ArtifactRange } from '../../commands/ports/artifacts.ts';
import type { Readable } from './holdings.ts';
import type { Shelf } from './shelf.ts';

export class RelayCache implements Readable {
  readonly #store: Readable;
  readonly #shelf: Shelf;
  readonly #bytesMax: number;
  /** Sizes, in the order of their last use. */
  readonly #sizes = new Map<Digest, number>();
  readonly #filling = new Map<Digest, Promise<void>>();

  private constructor(store: Readable, shelf: Shelf, bytesMax: number) {
    this.#store = store;
    this.#shelf = shelf;
    this.#bytesMax = bytesMax;
  }

  static async open(store: Readable, shelf: Shelf, bytesMax: number): Promise<RelayCache> {
    const cache = new RelayCache(store, shelf, bytesMax);
    for (const digest of await shelf.digests())
      cache.#sizes.set(digest, (await shelf.range(digest, 0, 0)).sizeBytes);
    await cache.#makeRoom(0);
    return cache;
  }

  /** @throws Fault artifact_missing | artifact_corrupt */
  async range(digest: Digest, start: number, length: number): Promise<ArtifactRange> {
    if (!this.#sizes.has(digest)) {
      const passing = await this.#fill(digest, start, length);
      if (passing !== null) return passing;
    }
    const sizeBytes = this.#sizes.get(digest) ?? 0;
    this.#sizes.delete(digest);
    this.#sizes.set(digest, sizeBytes);
    return this.#shelf.range(digest, start, length);
  }

  get(digest: Digest): Promise<Uint8Array> {
    return this.#store.get(digest);
  }

  /** The range itself where the artifact does not fit. */
  async #fill(digest: Digest, start: number, length: number): Promise<ArtifactRange | null> {
    const { range } = this.#store;
    if (range !== undefined) {
      const passing = await range.call(this.#store, digest, start, length);
      if (passing.sizeBytes > this.#bytesMax) return passing;
    }
    let filling = this.#filling.get(digest);
    if (filling === undefined) {
      filling = this.#take(digest).finally(() => this.#filling.delete(digest));
      this.#filling.set(digest, filling);
    }
    await filling;
    return null;
  }

  async #take(digest: Digest): Promise<void> {
    const bytes = await this.#store.get(digest);
    await this.#makeRoom(bytes.length);
    await this.#shelf.keep(digest, bytes);
    this.#sizes.set(digest, bytes.length);
  }

  async #makeRoom(wanted: number): Promise<void> {
    let held = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const [digest, size] of this.#sizes) {
      if (held + wanted <= this.#bytesMax) return;
      this.#sizes.delete(digest);
      await this.#shelf.remove(digest);
      held -= size;
    }
  }
}
