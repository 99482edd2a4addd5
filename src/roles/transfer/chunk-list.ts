/**
 * An artifact cut into chunks: all of `chunkBytes` but the last, which has the rest. The RFC 6962 tree
 * over the chunks' bytes lets each be checked by itself. Invariant: nobody vouches for a root but
 * whoever named it; only the artifact's own digest, over all chunks together, is the ledger's.
 */
import { createHash } from 'node:crypto';
import { isDigest } from '../../events/digest.ts';
import type { Digest } from '../../events/ids.ts';
import { CompactRange, HASH_BYTES, leafHash } from '../../events/merkle.ts';
import type { Hash } from '../../events/merkle.ts';
import { inclusionProof, subtreesOf, verifyInclusion } from '../../events/proofs.ts';
import type { SubtreeHash } from '../../events/proofs.ts';

export const CHUNK_BYTES_MIN = 1024;
export const CHUNK_BYTES_MAX = 1 << 26;
const ARTIFACT_BYTES_MAX = 2 ** 40;

export interface ChunkList {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly chunkBytes: number;
  readonly count: number;
  /** 64 hex digits. */
  readonly root: string;
}

export interface Chunk {
  readonly bytes: Uint8Array;
  /** From the chunk's sibling up. */
  readonly path: readonly Hash[];
}

export const chunkLength = ({ sizeBytes, chunkBytes }: ChunkList, index: number): number =>
  Math.min(chunkBytes, sizeBytes - index * chunkBytes);

/** Hashes on the way from leaf `index` of `count` to the root (RFC 6962 section 2.1.1). */
export function pathLength(index: number, count: number): number {
  let hashes = 0;
  for (let [at, size] = [index, count]; size > 1; hashes += 1) {
    let split = 1;
    while (split * 2 < size) split *= 2;
    [at, size] = at < split ? [at, split] : [at - split, size - split];
  }
  return hashes;
}

/** A list as a stranger gives it, parsed from JSON; null when it is none. */
export function asChunkList(value: unknown): ChunkList | null {
  const { digest, sizeBytes, chunkBytes, count, root } = (value ?? {}) as Partial<ChunkList>;
  const isCount = (one: unknown, max: number): one is number =>
    Number.isSafeInteger(one) && (one as number) >= 0 && (one as number) <= max;
  if (!isDigest(digest) || typeof root !== 'string' || !/^[0-9a-f]{64}$/.test(root)) return null;
  if (!isCount(sizeBytes, ARTIFACT_BYTES_MAX) || !isCount(chunkBytes, CHUNK_BYTES_MAX)) return null;
  if (chunkBytes < CHUNK_BYTES_MIN || count !== Math.ceil(sizeBytes / chunkBytes)) return null;
  return { digest, sizeBytes, chunkBytes, count, root };
}

export const isSameList = (one: ChunkList, other: ChunkList): boolean =>
  one.digest === other.digest &&
  one.sizeBytes === other.sizeBytes &&
  one.chunkBytes === other.chunkBytes &&
  one.root === other.root;

/** Whether these bytes are the chunk of this index under the list's root. */
export const isChunkOf = (list: ChunkList, index: number, { bytes, path }: Chunk): boolean =>
  bytes.length === chunkLength(list, index) &&
  verifyInclusion(leafHash(bytes), index, list.count, path, Buffer.from(list.root, 'hex'));

/** A chunk on the wire: the hashes of its path, then its bytes. */
export const encodeChunk = ({ path, bytes }: Chunk): Uint8Array => Buffer.concat([...path, bytes]);

/** Null when the length is not the one that index and list call for. */
export function decodeChunk(list: ChunkList, index: number, body: Uint8Array): Chunk | null {
  const hashes = pathLength(index, list.count);
  if (body.length !== hashes * HASH_BYTES + chunkLength(list, index)) return null;
  const path = Array.from({ length: hashes }, (_, i) =>
    body.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
  return { path, bytes: body.subarray(hashes * HASH_BYTES) };
}

export const chunkBodyBytes = (list: ChunkList, index: number): number =>
  pathLength(index, list.count) * HASH_BYTES + chunkLength(list, index);

/** What parts of one artifact come to, in order: its digest and the root over them. */
export class ChunkDigests {
  readonly #whole = createHash('sha256');
  readonly #range = CompactRange.empty();
  readonly #leaves: Hash[] = [];
  #sizeBytes = 0;

  add(chunk: Uint8Array): void {
    const leaf = leafHash(chunk);
    this.#whole.update(chunk);
    this.#range.append(leaf);
    this.#leaves.push(leaf);
    this.#sizeBytes += chunk.length;
  }

  /** To be called once. */
  finish(chunkBytes: number): ChunkTree {
    const digest = `sha256:${this.#whole.digest('hex')}` as Digest;
    const root = Buffer.from(this.#range.root()).toString('hex');
    const count = this.#leaves.length;
    const list = { digest, sizeBytes: this.#sizeBytes, chunkBytes, count, root };
    return new ChunkTree(list, subtreesOf(this.#leaves));
  }
}

export class ChunkTree {
  readonly list: ChunkList;
  readonly #subtree: SubtreeHash;

  constructor(list: ChunkList, subtree: SubtreeHash) {
    this.list = list;
    this.#subtree = subtree;
  }

  path(index: number): Hash[] {
    return inclusionProof(index, this.list.count, this.#subtree);
  }
}
