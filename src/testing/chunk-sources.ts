/** Sources of chunks for tests: honest ones over bytes in memory, and what hostile ones do. */
import * as E from 'fp-ts/lib/Either.js';
import type { Digest } from '../events/ids.ts';
import { digestOf } from '../events/digest.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { ChunkSource } from '../roles/transfer/chunk-source.ts';
import type { Readable } from '../roles/transfer/holdings.ts';
import { Holdings } from '../roles/transfer/holdings.ts';
import { StoreSource } from '../roles/transfer/store-source.ts';

/** Bytes without a pattern. */
export function noise(sizeBytes: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: sizeBytes }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

/** What is held of a few artifacts in memory; `as`: under which digest, true or not. */
export function readableOf(files: readonly Uint8Array[]): Readable {
  const byDigest = new Map(files.map((bytes) => [digestOf(bytes), bytes]));
  const get = async (digest: Digest): Promise<Uint8Array> => {
    const bytes = byDigest.get(digest);
    if (bytes !== undefined) return bytes;
    throw new Fault('artifact_missing', `${digest} is not held here`, { retryable: false });
  };
  return { get };
}

export const honest = (name: string, chunkBytes: number, ...files: Uint8Array[]): ChunkSource =>
  new StoreSource(new Holdings(readableOf(files), chunkBytes), name);

/** Names a root of its own over other bytes of the same size, and keeps to it. */
export function lyingOf(
  name: string,
  chunkBytes: number,
  digest: Digest,
  other: Uint8Array,
): ChunkSource {
  const inner = honest(name, chunkBytes, other);
  const { signal } = new AbortController();
  return {
    name,
    kind: 'peer',
    list: async () =>
      E.map((list: object) => ({ ...list, digest }) as never)(
        await inner.list(digestOf(other), signal),
      ),
    chunk: (list, index) => inner.chunk({ ...list, digest: digestOf(other) }, index, signal),
  };
}

/** Honest up to a chunk; from it on every chunk has one bit flipped. */
export const corrupting = (inner: ChunkSource, from: number): ChunkSource => ({
  name: inner.name,
  kind: inner.kind,
  list: inner.list.bind(inner),
  chunk: async (list, index, signal) => {
    const chunk = await inner.chunk(list, index, signal);
    if (index < from) return chunk;
    return E.map(({ bytes, path }: { bytes: Uint8Array; path: readonly Uint8Array[] }) => {
      const copy = Uint8Array.from(bytes);
      copy[0] = (copy[0] ?? 0) ^ 1;
      return { bytes: copy, path };
    })(chunk);
  },
});

/** Answers so many calls, then none. */
export function failingAfter(inner: ChunkSource, calls: number): ChunkSource & { calls: number } {
  const left = E.left({ code: 'source_unreachable', message: `${inner.name}: away` } as const);
  const source = {
    name: inner.name,
    kind: inner.kind,
    calls: 0,
    list: async (digest: Digest, signal: AbortSignal) =>
      (source.calls += 1) > calls ? left : inner.list(digest, signal),
    chunk: async (...call: Parameters<ChunkSource['chunk']>) =>
      (source.calls += 1) > calls ? left : inner.chunk(...call),
  };
  return source;
}
