/**
 * Fetches one artifact in chunks from sources that need not be honest. Each chunk is checked against
 * the root before the cursor moves past it; the whole is checked against the ledger's digest at the
 * end, where a false root is found. Whoever gives what no honest source gives is not asked again; who
 * does not answer is asked a few times. What was fetched stays, whatever happens.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { Clock } from '../../commands/ports/clock.ts';
import type { Digest } from '../../events/ids.ts';
import type { ChunkList } from './chunk-list.ts';
import { ChunkDigests, isChunkOf, isSameList } from './chunk-list.ts';
import type { ChunkSource, SourceKind, SourceProblem } from './chunk-source.ts';
import { convicts } from './chunk-source.ts';
import type { Shelf } from './shelf.ts';

export interface FetchOptions {
  /** As the ledger has it. */
  readonly artifact: { readonly digest: Digest; readonly sizeBytes: number };
  /** In the order in which they are asked. */
  readonly sources: readonly ChunkSource[];
  readonly shelf: Shelf;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Why each source that lied is not asked any more, by name; kept between fetches. */
  readonly convicted?: Map<string, SourceProblem>;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly digest: Digest;
  readonly doneBytes: number;
  readonly sizeBytes: number;
  /** Of this fetch, without what was here before. */
  readonly bytesPerSecond: number;
}

export interface FetchReceipt {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Chunks that were here from an earlier attempt. */
  readonly resumedAt: number;
  /** By source, in the order of their first chunk. */
  readonly from: readonly { name: string; kind: SourceKind; chunks: number; bytes: number }[];
  readonly refused: readonly Refused[];
}

export interface Refused {
  readonly source: string;
  readonly problem: SourceProblem;
}

/** No source is left that could give the rest; what was fetched is kept. */
export interface FetchFailure {
  readonly code: 'sources_exhausted';
  readonly message: string;
  readonly refused: readonly Refused[];
}

/** Chunks asked for at once: as many may be in memory. */
const CHUNKS_AT_ONCE = 4;
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 200;
/** So often the bytes may be others than were put on the shelf. */
const DAMAGED_MAX = 3;

export const fetchInChunks = (options: FetchOptions): Promise<Either<FetchFailure, FetchReceipt>> =>
  new Fetch(options).run();

class Fetch {
  readonly #options: FetchOptions;
  readonly #convicted: Map<string, SourceProblem>;
  /** Not asked any more in this fetch, without being called liars. */
  readonly #gone = new Set<string>();
  readonly #lists = new Map<string, ChunkList>();
  readonly #refused: Refused[] = [];
  readonly #from = new Map<string, FetchReceipt['from'][number]>();
  readonly #beganMs: number;
  #bytes = 0;

  constructor(options: FetchOptions) {
    this.#options = options;
    this.#convicted = options.convicted ?? new Map<string, SourceProblem>();
    this.#beganMs = options.clock.nowMs();
  }

  async run(): Promise<Either<FetchFailure, FetchReceipt>> {
    const { artifact, shelf } = this.#options;
    const resumed = await shelf.begun(artifact.digest);
    for (let damaged = 0; ;) {
      const list = await this.#listToFollow();
      if (list === null) return E.left(this.#failure());
      if (!(await this.#fill(list))) continue;
      const { list: found } = await this.#digestsOf(list);
      if (found.digest === artifact.digest) {
        await shelf.finish(list);
        const resumedAt = resumed !== null && isSameList(resumed.list, list) ? resumed.next : 0;
        const from = [...this.#from.values()];
        return E.right({ ...artifact, resumedAt, from, refused: this.#refused });
      }
      // Chunks that no longer lead to the root were damaged here, and nobody lied.
      if (found.root === list.root) this.#convictFollowers(list);
      else if ((damaged += 1) === DAMAGED_MAX)
        return E.left(this.#failure('the shelf loses bytes'));
      await shelf.discard(artifact.digest);
    }
  }

  /** What was begun, as long as a source can go on with it; else what the first source says. */
  async #listToFollow(): Promise<ChunkList | null> {
    const { artifact, shelf } = this.#options;
    const begun = await shelf.begun(artifact.digest);
    if (begun !== null && begun.list.sizeBytes === artifact.sizeBytes) {
      if (begun.next === begun.list.count) return begun.list;
      if ((await this.#follower(begun.list)) !== null) return begun.list;
    }
    for (const source of this.#usable()) {
      const list = await this.#listOf(source);
      if (list === null) continue;
      await shelf.begin(list);
      return list;
    }
    return null;
  }

  #usable(): ChunkSource[] {
    return this.#options.sources.filter(
      ({ name }) => !this.#convicted.has(name) && !this.#gone.has(name),
    );
  }

  /** The first source that says the same of the artifact. */
  async #follower(list: ChunkList): Promise<ChunkSource | null> {
    for (const source of this.#usable()) {
      const own = await this.#listOf(source);
      if (own !== null && isSameList(own, list)) return source;
    }
    return null;
  }

  async #listOf(source: ChunkSource): Promise<ChunkList | null> {
    const known = this.#lists.get(source.name);
    if (known !== undefined) return known;
    const { artifact, signal } = this.#options;
    const said = await this.#persistently(source, () => source.list(artifact.digest, signal));
    if (E.isLeft(said)) return null;
    if (said.right.sizeBytes !== artifact.sizeBytes) {
      const message = `${said.right.sizeBytes} bytes, the ledger has ${artifact.sizeBytes}`;
      this.#refuse(source, { code: 'answer_malformed', message });
      return null;
    }
    this.#lists.set(source.name, said.right);
    return said.right;
  }

  /** Everything from the cursor on; false when no source goes on with this list. */
  async #fill(list: ChunkList): Promise<boolean> {
    const { shelf } = this.#options;
    const begun = await shelf.begun(list.digest);
    let next = begun?.next ?? 0;
    const ahead = new Map<number, Promise<Uint8Array | null>>();
    try {
      while (next < list.count) {
        const last = Math.min(list.count, next + CHUNKS_AT_ONCE);
        for (let index = next; index < last; index += 1)
          if (!ahead.has(index)) ahead.set(index, this.#obtain(list, index));
        const bytes = await ahead.get(next);
        ahead.delete(next);
        if (bytes === null || bytes === undefined) return false;
        await shelf.add(list, next, bytes);
        next += 1;
        this.#tell(list, next);
      }
      return true;
    } finally {
      await Promise.allSettled(ahead.values());
    }
  }

  /** A chunk that leads to the root, from whoever has it; null when nobody is left. */
  async #obtain(list: ChunkList, index: number): Promise<Uint8Array | null> {
    const { signal } = this.#options;
    for (;;) {
      const source = await this.#follower(list);
      if (source === null) return null;
      const got = await this.#persistently(source, () => source.chunk(list, index, signal));
      if (E.isLeft(got)) continue;
      if (isChunkOf(list, index, got.right)) {
        this.#count(source, got.right.bytes.length);
        return got.right.bytes;
      }
      const message = `${source.name}: chunk ${index} does not lead to the root`;
      this.#refuse(source, { code: 'chunk_corrupt', message });
    }
  }

  /** Asks again after a pause where an answer may still come; refuses the source where none will. */
  async #persistently<T>(
    source: ChunkSource,
    ask: () => Promise<Either<SourceProblem, T>>,
  ): Promise<Either<SourceProblem, T>> {
    const { clock, signal } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      const answer = await ask();
      if (E.isRight(answer)) return answer;
      if (answer.left.code !== 'source_unreachable' || attempt === ATTEMPTS) {
        this.#refuse(source, answer.left);
        return answer;
      }
      await clock.sleep(FIRST_PAUSE_MS * 4 ** (attempt - 1), signal);
    }
  }

  #refuse(source: ChunkSource, problem: SourceProblem): void {
    if (this.#convicted.has(source.name) || this.#gone.has(source.name)) return;
    this.#refused.push({ source: source.name, problem });
    if (convicts(problem)) this.#convicted.set(source.name, problem);
    else this.#gone.add(source.name);
  }

  /** Everybody who named this root: its chunks were here, and were not the artifact. */
  #convictFollowers(list: ChunkList): void {
    for (const source of this.#options.sources) {
      const own = this.#lists.get(source.name);
      if (own === undefined || !isSameList(own, list)) continue;
      const message = `${source.name}: the chunks under its root are not ${list.digest}`;
      this.#refuse(source, { code: 'root_false', message });
    }
  }

  async #digestsOf(list: ChunkList) {
    const digests = new ChunkDigests();
    for await (const chunk of this.#options.shelf.chunks(list)) digests.add(chunk);
    return digests.finish(list.chunkBytes);
  }

  #count({ name, kind }: ChunkSource, bytes: number): void {
    const so = this.#from.get(name) ?? { name, kind, chunks: 0, bytes: 0 };
    this.#from.set(name, { ...so, chunks: so.chunks + 1, bytes: so.bytes + bytes });
    this.#bytes += bytes;
  }

  #tell({ digest, sizeBytes, chunkBytes }: ChunkList, next: number): void {
    const seconds = (this.#options.clock.nowMs() - this.#beganMs) / 1000;
    this.#options.onProgress?.({
      digest,
      doneBytes: Math.min(sizeBytes, next * chunkBytes),
      sizeBytes,
      bytesPerSecond: seconds > 0 ? Math.round(this.#bytes / seconds) : 0,
    });
  }

  #failure(...besides: string[]): FetchFailure {
    const { digest } = this.#options.artifact;
    const why = [...this.#refused.map(({ problem }) => problem.message), ...besides];
    const message = `${digest}: ${why.length === 0 ? 'no source' : why.join('; ')}`;
    return { code: 'sources_exhausted', message, refused: this.#refused };
  }
}
