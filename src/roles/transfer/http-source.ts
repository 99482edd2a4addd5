/**
 * A stranger's chunk server as a source. Every answer is bounded by what was asked for, in bytes and
 * in time; redirects are not followed. Offered in the ledger with a root, it is held to that root.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { Digest } from '../../events/ids.ts';
import { HASH_BYTES, leafHash } from '../../events/merkle.ts';
import { verifyInclusion } from '../../events/proofs.ts';
import type { Dataset } from '../../projections/books.ts';
import { boundedFetch } from '../bounded-fetch.ts';
import type { BoundedFetch } from '../bounded-fetch.ts';
import type { Chunk, ChunkList } from './chunk-list.ts';
import { asChunkList, chunkBodyBytes, decodeChunk, pathLength } from './chunk-list.ts';
import type { ChunkSource, SourceProblem, SourceProblemCode } from './chunk-source.ts';

const LIST_BYTES_MAX = 2048;
const LIST_TIMEOUT_MS = 30_000;
const CHUNK_TIMEOUT_MS = 30_000;

export interface HttpSourceOptions {
  /** `http://host:port`, or with a path before `/chunks`. */
  readonly endpoint: string;
  /** Unless given, the endpoint. */
  readonly name?: string;
  /** By digest: the root that the ledger has of its offer. */
  readonly offered?: ReadonlyMap<Digest, string>;
  readonly timeoutMs?: number;
  /** How it is asked, where not plainly. */
  readonly fetch?: BoundedFetch;
}

const problem = (code: SourceProblemCode, message: string): SourceProblem => ({ code, message });

export class HttpSource implements ChunkSource {
  readonly kind = 'peer';
  readonly name: string;
  readonly #endpoint: string;
  readonly #offered: ReadonlyMap<Digest, string>;
  readonly #timeoutMs: number | null;
  readonly #fetch: BoundedFetch;

  constructor(options: HttpSourceOptions) {
    const { endpoint, name = endpoint, offered = new Map(), timeoutMs } = options;
    this.name = name;
    this.#fetch = options.fetch ?? boundedFetch;
    this.#endpoint = endpoint.replace(/\/+$/, '');
    this.#offered = offered;
    this.#timeoutMs = timeoutMs ?? null;
  }

  async list(digest: Digest, signal: AbortSignal): Promise<Either<SourceProblem, ChunkList>> {
    const path = `/chunks/${digest.slice('sha256:'.length)}`;
    const answer = await this.#get(path, LIST_BYTES_MAX, LIST_TIMEOUT_MS, signal);
    if (E.isLeft(answer)) return answer;
    const list = asChunkList(parsed(answer.right));
    if (list === null || list.digest !== digest)
      return E.left(
        problem('answer_malformed', `${this.name}: no list of the chunks of ${digest}`),
      );
    const offered = this.#offered.get(digest);
    return offered === undefined || offered === list.root
      ? E.right(list)
      : E.left(problem('answer_malformed', `${this.name}: another root than it offers`));
  }

  async chunk(
    list: ChunkList,
    index: number,
    signal: AbortSignal,
  ): Promise<Either<SourceProblem, Chunk>> {
    const path = `/chunks/${list.digest.slice('sha256:'.length)}/${index}`;
    const answer = await this.#get(path, chunkBodyBytes(list, index), CHUNK_TIMEOUT_MS, signal);
    if (E.isLeft(answer)) return answer;
    const chunk = decodeChunk(list, index, answer.right);
    return chunk === null
      ? E.left(problem('answer_malformed', `${this.name}: chunk ${index} has another length`))
      : E.right(chunk);
  }

  /** One page, proved to be in the data set: its bytes. */
  async page(
    { tokens, pageTokens, pages, pagesRoot }: Dataset,
    index: number,
    signal: AbortSignal,
  ): Promise<Either<SourceProblem, Uint8Array>> {
    const hashes = pathLength(index, pages) * HASH_BYTES;
    const bytesMax = hashes + 2 * (pageTokens + 1);
    const path = `/pages/${tokens.digest.slice('sha256:'.length)}/${pageTokens}/${index}`;
    const answer = await this.#get(path, bytesMax, CHUNK_TIMEOUT_MS, signal);
    if (E.isLeft(answer)) return answer;
    const body = answer.right;
    const proof = Array.from({ length: hashes / HASH_BYTES }, (_, i) =>
      body.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
    );
    const bytes = body.subarray(hashes);
    const root = Buffer.from(pagesRoot, 'hex');
    return body.length === bytesMax && verifyInclusion(leafHash(bytes), index, pages, proof, root)
      ? E.right(bytes)
      : E.left(problem('chunk_corrupt', `${this.name}: page ${index} does not lead to the root`));
  }

  async #get(
    path: string,
    bytesMax: number,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Either<SourceProblem, Uint8Array>> {
    const limit = this.#timeoutMs ?? timeoutMs;
    const answer = await this.#fetch(`${this.#endpoint}${path}`, bytesMax, { signal }, limit);
    signal.throwIfAborted();
    if (E.isLeft(answer)) {
      const tooLong = answer.left.endsWith(`longer than ${bytesMax} bytes`);
      return E.left(problem(tooLong ? 'answer_malformed' : 'source_unreachable', answer.left));
    }
    const { status, bytes } = answer.right;
    if (status === 200) return E.right(bytes);
    const code = status === 404 ? 'not_held' : 'source_unreachable';
    return E.left(problem(code, `${this.name}: status ${status}`));
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}
