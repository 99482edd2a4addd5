/**
 * Artifacts in a JetStream object store, named by their digest in hex. The store checks its own
 * digest of what it holds; ours is checked against the name that was asked for. Two puts of the same
 * bytes at once are harmless: both are whole, one of them is the named one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Objm, type ObjectInfo, type ObjectStore } from '@nats-io/obj';
import { artifactMissing, digestOfHex, holdsIntact, hexOf, verified } from '../artifact-digest.ts';
import { artifactsBucket } from './declarations.ts';
import { calling, type Link } from './link.ts';
import { storeObject } from './object-put.ts';
import { ObjectRanges } from './object-range.ts';
import type { ArtifactRange, Artifacts } from '../../commands/ports/artifacts.ts';
import { Fault } from '../../commands/ports/fault.ts';
import { digestOf } from '../../events/digest.ts';
import type { Digest, LedgerId } from '../../events/ids.ts';

/** A store that has lost an object's chunks never answers; this long is long enough. */
const GET_TIMEOUT_MS = 60_000;
const CORRUPT = /corrupt object/;

const isThere = (info: ObjectInfo | null): info is ObjectInfo => info !== null && !info.deleted;

async function inTime<T>(call: Promise<T>, digest: Digest): Promise<T> {
  const patience = new AbortController();
  const late = delay(GET_TIMEOUT_MS, undefined, { signal: patience.signal }).then((): T => {
    throw new Fault('artifact_corrupt', `The store has lost bytes of ${digest}.`, {
      retryable: true,
    });
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    late.catch(() => undefined);
    patience.abort();
  }
}

class ObjectStoreArtifacts implements Artifacts {
  readonly #store: ObjectStore;
  readonly #bucket: string;
  readonly #link: Link;
  readonly #ranges: ObjectRanges;

  constructor(store: ObjectStore, bucket: string, link: Link) {
    this.#store = store;
    this.#bucket = bucket;
    this.#link = link;
    this.#ranges = new ObjectRanges(bucket, link.jsm);
  }

  #calling<T>(doing: string, call: () => Promise<T>): Promise<T> {
    return calling(this.#link, doing, 'log_unavailable', call);
  }

  async put(bytes: Uint8Array): Promise<{ digest: Digest; sizeBytes: number }> {
    const digest = digestOf(bytes);
    const name = hexOf(digest);
    if (await holdsIntact((wanted) => this.get(wanted), digest))
      return { digest, sizeBytes: bytes.length };
    await this.#calling(`Storing ${digest}`, () =>
      storeObject(this.#link.js, this.#bucket, name, bytes),
    );
    return { digest, sizeBytes: bytes.length };
  }

  async get(digest: Digest): Promise<Uint8Array> {
    const name = hexOf(digest);
    const bytes = await this.#calling(`Reading ${digest}`, async () => {
      try {
        return await inTime(this.#store.getBlob(name), digest);
      } catch (error) {
        if (!(error instanceof Error && CORRUPT.test(error.message))) throw error;
        throw new Fault('artifact_corrupt', `The artifact under ${digest} has other bytes.`, {
          retryable: false,
          cause: error,
        });
      }
    });
    if (bytes === null) throw artifactMissing(digest);
    return verified(digest, bytes);
  }

  async range(digest: Digest, start: number, length: number): Promise<ArtifactRange> {
    return this.#calling(`Reading ${digest}`, async () => {
      const info = await this.#store.info(hexOf(digest));
      if (!isThere(info)) throw artifactMissing(digest);
      return this.#ranges.read(info, start, length);
    });
  }

  async has(digest: Digest): Promise<boolean> {
    const name = hexOf(digest);
    return isThere(await this.#calling(`Asking for ${digest}`, () => this.#store.info(name)));
  }

  async *list(): AsyncIterable<{ digest: Digest; sizeBytes: number }> {
    const infos = await this.#calling('Listing artifacts', () => this.#store.list());
    for (const info of infos) {
      const digest = digestOfHex(info.name);
      if (digest !== null && isThere(info)) yield { digest, sizeBytes: info.size };
    }
  }

  async close(): Promise<void> {
    // The connection is the link's.
  }
}

/** The client says so in words only. */
const NO_BUCKET = /object store not found/;

async function bucketThere(manager: Objm, bucket: string): Promise<ObjectStore> {
  try {
    return await manager.open(bucket);
  } catch (error) {
    if (!(error instanceof Error && NO_BUCKET.test(error.message))) throw error;
    const message = `There is no bucket ${bucket} for artifacts.`;
    throw new Fault('log_not_found', message, { retryable: false, cause: error });
  }
}

/** @throws Fault log_not_found | log_unavailable | permission_denied | storage_full */
export async function openArtifacts(link: Link, ledger: LedgerId): Promise<Artifacts> {
  const { bucket, ...declared } = artifactsBucket(ledger);
  const manager = new Objm(link.js);
  const store = await calling(link, `Bucket ${bucket}`, 'log_unavailable', () =>
    link.create
      ? manager.create(bucket, { ...declared, replicas: link.replicas })
      : bucketThere(manager, bucket),
  );
  return new ObjectStoreArtifacts(store, bucket, link);
}
