/**
 * The artifact store as one process sees it: the memory store behind hops and isolation, and late to
 * show what others have just put. Loss and damage are done to the store itself.
 */
import { artifactMissing } from '../adapters/artifact-digest.ts';
import type { ArtifactInfo, Artifacts } from '../commands/ports/artifacts.ts';
import { Fault } from '../commands/ports/fault.ts';
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';
import type { Host } from './host.ts';

/** From when on the store shows an artifact to others than its author. */
export type ShownFrom = Map<Digest, { readonly author: string; readonly atMs: number }>;

export class SimulatedArtifacts implements Artifacts {
  readonly #inner: Artifacts;
  readonly #host: Host;
  readonly #shownFrom: ShownFrom;

  constructor(inner: Artifacts, host: Host, shownFrom: ShownFrom) {
    this.#inner = inner;
    this.#host = host;
    this.#shownFrom = shownFrom;
  }

  put(bytes: Uint8Array): Promise<ArtifactInfo> {
    return this.#host.seen(this.#put(new Uint8Array(bytes)));
  }

  async #put(bytes: Uint8Array): Promise<ArtifactInfo> {
    await this.#reached();
    const { weather, scheduler, name } = this.#host;
    const digest = digestOf(bytes);
    const lateMs = weather.storeLateMs();
    if (lateMs > 0 && !(await this.#inner.has(digest)))
      this.#shownFrom.set(digest, { author: name, atMs: scheduler.nowMs() + lateMs });
    return this.#inner.put(bytes);
  }

  get(digest: Digest): Promise<Uint8Array> {
    const got = this.#reached().then(() => {
      if (this.#isLate(digest)) throw artifactMissing(digest);
      return this.#inner.get(digest);
    });
    return this.#host.seen(got);
  }

  has(digest: Digest): Promise<boolean> {
    return this.#host.seen(
      this.#reached().then(() => !this.#isLate(digest) && this.#inner.has(digest)),
    );
  }

  list(): AsyncIterable<ArtifactInfo> {
    return this.#inner.list();
  }

  #isLate(digest: Digest): boolean {
    const shown = this.#shownFrom.get(digest);
    const { scheduler, name } = this.#host;
    return shown !== undefined && shown.author !== name && scheduler.nowMs() < shown.atMs;
  }

  async #reached(): Promise<void> {
    await this.#host.hop();
    if (this.#host.weather.isolatedMs(this.#host.name) === 0) return;
    throw new Fault('log_unavailable', 'The store cannot be reached now.', { retryable: true });
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }
}
