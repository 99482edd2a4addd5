/**
 * A shelf in a folder: `<hex>` is whole, `<hex>.part` begun, `<hex>.cursor` how far. Bytes are on the
 * disk before the cursor there says so, and it is replaced by renaming: whatever dies, process or
 * machine, goes on a few chunks before the last one. Flushing each would cost more than the network.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactMissing, digestOfHex, hexOf } from '../../adapters/artifact-digest.ts';
import { fileRange } from '../../adapters/file-range.ts';
import type { ArtifactRange } from '../../commands/ports/artifacts.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { Digest } from '../../events/ids.ts';
import type { ChunkList } from './chunk-list.ts';
import { asChunkList, chunkLength } from './chunk-list.ts';
import type { Begun, Shelf } from './shelf.ts';

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error)) return null;
    throw asFault(error);
  }
}

function asFault(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  const code = full ? 'storage_full' : 'log_unavailable';
  return new Fault(code, error.message, { retryable: true, cause: error });
}

/** Written beside, synced, renamed. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

/** Chunks that may have to be fetched again. */
const CHUNKS_UNFLUSHED_MAX = 8;

export class FolderShelf implements Shelf {
  readonly #folder: string;
  /** Of this process, ahead of those on the disk. */
  readonly #cursors = new Map<Digest, Begun>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** One process at a time. @throws Fault storage_full | log_unavailable */
  static async open(folder: string): Promise<FolderShelf> {
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw asFault(error);
    });
    return new FolderShelf(folder);
  }

  #path(digest: Digest, suffix = ''): string {
    return join(this.#folder, `${hexOf(digest)}${suffix}`);
  }

  async begun(digest: Digest): Promise<Begun | null> {
    return this.#cursors.get(digest) ?? this.#begunBefore(digest);
  }

  /** In an earlier life. */
  async #begunBefore(digest: Digest): Promise<Begun | null> {
    const text = await orNull(readFile(this.#path(digest, '.cursor'), 'utf8'));
    if (text === null) return null;
    const found = cursorIn(text);
    const size = await orNull(sizeOf(this.#path(digest, '.part')));
    // What does not fit together is begun anew: it costs a transfer, no more.
    if (found === null || found.list.digest !== digest) return null;
    return (size ?? 0) >= endOf(found) ? found : null;
  }

  async begin(list: ChunkList): Promise<void> {
    await this.discard(list.digest);
    await this.#io(async () => {
      await (await open(this.#path(list.digest, '.part'), 'w')).close();
      await this.#moveCursor(list, 0);
      this.#cursors.set(list.digest, { list, next: 0 });
    });
  }

  add(list: ChunkList, index: number, bytes: Uint8Array): Promise<void> {
    return this.#io(async () => {
      const file = await open(this.#path(list.digest, '.part'), 'r+');
      try {
        await file.write(bytes, 0, bytes.length, index * list.chunkBytes);
        if ((index + 1) % CHUNKS_UNFLUSHED_MAX === 0) await file.datasync();
      } finally {
        await file.close();
      }
      if ((index + 1) % CHUNKS_UNFLUSHED_MAX === 0) await this.#moveCursor(list, index + 1);
      this.#cursors.set(list.digest, { list, next: index + 1 });
    });
  }

  #moveCursor(list: ChunkList, next: number): Promise<void> {
    const text = JSON.stringify({ ...list, next });
    return writeWhole(this.#path(list.digest, '.cursor'), Buffer.from(text));
  }

  async *chunks(list: ChunkList): AsyncIterable<Uint8Array> {
    const { next } = (await this.begun(list.digest)) ?? { next: 0 };
    // Gone since: then it is not the artifact, and is begun anew.
    const file = await orNull(open(this.#path(list.digest, '.part'), 'r'));
    if (file === null) return;
    try {
      for (let index = 0; index < next; index += 1) {
        const bytes = new Uint8Array(chunkLength(list, index));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, index * list.chunkBytes);
        yield bytes.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  finish({ digest, sizeBytes }: ChunkList): Promise<void> {
    return this.#io(async () => {
      const file = await open(this.#path(digest, '.part'), 'r+');
      try {
        await file.truncate(sizeBytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(this.#path(digest, '.part'), this.#path(digest));
      this.#cursors.delete(digest);
      await rm(this.#path(digest, '.cursor'), { force: true });
    });
  }

  discard(digest: Digest): Promise<void> {
    this.#cursors.delete(digest);
    return this.#io(async () => {
      await rm(this.#path(digest, '.cursor'), { force: true });
      await rm(this.#path(digest, '.part'), { force: true });
    });
  }

  get(digest: Digest): Promise<Uint8Array | null> {
    return orNull(readFile(this.#path(digest)));
  }

  async range(digest: Digest, start: number, length: number): Promise<ArtifactRange> {
    const range = await orNull(fileRange(this.#path(digest), start, length));
    if (range === null) throw artifactMissing(digest);
    return range;
  }

  keep(digest: Digest, bytes: Uint8Array): Promise<void> {
    return this.#io(() => writeWhole(this.#path(digest), bytes));
  }

  remove(digest: Digest): Promise<void> {
    return this.#io(() => rm(this.#path(digest), { force: true }));
  }

  async digests(): Promise<Digest[]> {
    const names = (await orNull(readdir(this.#folder))) ?? [];
    return names.toSorted().flatMap((name) => digestOfHex(name) ?? []);
  }

  async #io<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw asFault(error);
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

const endOf = ({ list, next }: Begun): number => Math.min(list.sizeBytes, next * list.chunkBytes);

function cursorIn(text: string): Begun | null {
  try {
    const value = JSON.parse(text) as { next?: unknown };
    const list = asChunkList(value);
    const { next } = value;
    if (list === null || !Number.isSafeInteger(next)) return null;
    return (next as number) >= 0 && (next as number) <= list.count
      ? { list, next: next as number }
      : null;
  } catch {
    return null;
  }
}
