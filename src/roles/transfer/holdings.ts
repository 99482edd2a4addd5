/**
 * Artifacts as one serves them to others: cut into chunks, from a store, without holding one in
 * memory where the store gives ranges. Invariant: an artifact is served only after all its bytes
 * were seen to have its digest; what rots later is found by whoever fetches it.
 */
import type { Digest } from '../../events/ids.ts';
import type { Hash } from '../../events/merkle.ts';
import { leafHash } from '../../events/merkle.ts';
import { inclusionProof, subtreesOf } from '../../events/proofs.ts';
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { Chunk, ChunkTree } from './chunk-list.ts';
import { ChunkDigests } from './chunk-list.ts';

export type Readable = Pick<Artifacts, 'get' | 'range'>;

/** What a chunk server needs of holdings. */
export type Served = Pick<Holdings, 'tree' | 'chunk' | 'page'>;

/** Trees kept, of the artifacts served last: 32 bytes a chunk each. */
const TREES_MAX = 64;

interface PageTree {
  readonly count: number;
  readonly path: (index: number) => Hash[];
}

export class Holdings {
  readonly #store: Readable;
  readonly chunkBytes: number;
  #whole: { readonly digest: Digest; readonly bytes: Uint8Array } | null = null;
  readonly #trees = new Map<string, Promise<ChunkTree | PageTree>>();

  constructor(store: Readable, chunkBytes: number) {
    this.#store = store;
    this.chunkBytes = chunkBytes;
  }

  /** @throws Fault artifact_missing | artifact_corrupt */
  tree(digest: Digest): Promise<ChunkTree> {
    return this.#kept(digest, () => this.#grow(digest));
  }

  /** @throws Fault artifact_missing | artifact_corrupt, RangeError for an index that it has not */
  async chunk(digest: Digest, index: number): Promise<Chunk> {
    const tree = await this.tree(digest);
    if (index < 0 || index >= tree.list.count) throw new RangeError(`no chunk ${index}`);
    const { bytes } = await this.#read(digest, index * this.chunkBytes, this.chunkBytes);
    return { bytes, path: tree.path(index) };
  }

  /**
   * A page of a token stream, as the leaf that its data set's root is over.
   * @throws Fault artifact_missing | artifact_corrupt, RangeError for an index that it has not
   */
  async page(stream: Digest, pageTokens: number, index: number): Promise<Chunk> {
    const tree = await this.#kept(`${stream} ${pageTokens}`, () =>
      this.#growPages(stream, pageTokens),
    );
    if (index < 0 || index >= tree.count) throw new RangeError(`no page ${index}`);
    const [start, length] = pageRange(pageTokens, index);
    const { bytes } = await this.#read(stream, start, length);
    return { bytes, path: tree.path(index) };
  }

  #kept<T extends ChunkTree | PageTree>(key: string, grow: () => Promise<T>): Promise<T> {
    const known = this.#trees.get(key) as Promise<T> | undefined;
    const tree = known ?? grow();
    this.#trees.delete(key);
    this.#trees.set(key, tree);
    for (const oldest of this.#trees.keys())
      if (this.#trees.size > TREES_MAX) this.#trees.delete(oldest);
    // A passing fault must not be remembered as the answer.
    if (known === undefined)
      tree.catch(() => this.#trees.get(key) === tree && this.#trees.delete(key));
    return tree;
  }

  async #grow(digest: Digest): Promise<ChunkTree> {
    const digests = new ChunkDigests();
    for (let at = 0; ; at += this.chunkBytes) {
      const { bytes, sizeBytes } = await this.#read(digest, at, this.chunkBytes);
      if (bytes.length > 0) digests.add(bytes);
      if (at + this.chunkBytes >= sizeBytes) break;
    }
    const tree = digests.finish(this.chunkBytes);
    if (tree.list.digest !== digest)
      throw new Fault('artifact_corrupt', `${digest} has the bytes of ${tree.list.digest}.`, {
        retryable: false,
      });
    return tree;
  }

  async #growPages(stream: Digest, pageTokens: number): Promise<PageTree> {
    const { list } = await this.tree(stream);
    const count = Math.max(0, Math.floor((list.sizeBytes / 2 - 1) / pageTokens));
    const leaves: Hash[] = [];
    for (let index = 0; index < count; index += 1) {
      const { bytes } = await this.#read(stream, ...pageRange(pageTokens, index));
      leaves.push(leafHash(bytes));
    }
    const subtree = subtreesOf(leaves);
    return { count, path: (index) => inclusionProof(index, count, subtree) };
  }

  async #read(digest: Digest, start: number, length: number) {
    if (this.#store.range !== undefined) return this.#store.range(digest, start, length);
    // Of a store that gives artifacts whole, the last one is held on to: chunks are asked for in a row.
    if (this.#whole?.digest !== digest)
      this.#whole = { digest, bytes: await this.#store.get(digest) };
    const { bytes } = this.#whole;
    return { bytes: bytes.subarray(start, start + length), sizeBytes: bytes.length };
  }
}

/** Where page `index` of T tokens stands in its stream: T + 1 tokens of two bytes. */
const pageRange = (pageTokens: number, index: number): [start: number, length: number] => [
  index * pageTokens * 2,
  (pageTokens + 1) * 2,
];
