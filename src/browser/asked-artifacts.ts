/**
 * Artifacts that the page fetches when they are needed, for the audit's own thread may open no
 * connection. Nothing is believed of where they came from: each is hashed before it is used. None is
 * kept here; the browser keeps what it fetched.
 */
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import { Fault } from '../commands/ports/fault.ts';

type Heard = (file: Blob | null) => void;

export class AskedArtifacts implements Artifacts {
  readonly #ask: (digest: Digest) => void;
  readonly #waiting = new Map<Digest, Heard[]>();

  /** @param ask answered with `heard`, some time */
  constructor(ask: (digest: Digest) => void) {
    this.#ask = ask;
  }

  /** @param file null: it is not to be had */
  heard(digest: Digest, file: Blob | null): void {
    const waiting = this.#waiting.get(digest) ?? [];
    this.#waiting.delete(digest);
    for (const tell of waiting) tell(file);
  }

  async get(digest: Digest): Promise<Uint8Array> {
    const file = await this.#fetched(digest);
    if (file === null)
      throw new Fault('artifact_missing', `${digest} is not to be had`, { retryable: false });
    const bytes = new Uint8Array(await file.arrayBuffer());
    const own = digestOf(bytes);
    if (own !== digest)
      throw new Fault('artifact_corrupt', `what came for ${digest} is ${own}`, {
        retryable: false,
      });
    return bytes;
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.#fetched(digest)) !== null;
  }

  put(): Promise<never> {
    throw new Error('an audit stores nothing');
  }

  /** Nobody says which there are; whoever knows a digest asks for it. */
  async *list(): AsyncIterable<{ digest: Digest; sizeBytes: number }> {}

  async close(): Promise<void> {}

  #fetched(digest: Digest): Promise<Blob | null> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(digest);
      if (waiting !== undefined) return void waiting.push(resolve);
      this.#waiting.set(digest, [resolve]);
      this.#ask(digest);
    });
  }
}
