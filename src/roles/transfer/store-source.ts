/** The ledger's artifact store as a source of chunks. Its faults are told as problems of a source. */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { Digest } from '../../events/ids.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { Chunk, ChunkList } from './chunk-list.ts';
import type { ChunkSource, SourceProblem } from './chunk-source.ts';
import type { Holdings } from './holdings.ts';

export class StoreSource implements ChunkSource {
  readonly kind = 'store';
  readonly name: string;
  readonly #holdings: Holdings;

  constructor(holdings: Holdings, name = 'store') {
    this.#holdings = holdings;
    this.name = name;
  }

  list(digest: Digest): Promise<Either<SourceProblem, ChunkList>> {
    return told(async () => (await this.#holdings.tree(digest)).list);
  }

  chunk(list: ChunkList, index: number): Promise<Either<SourceProblem, Chunk>> {
    return told(() => this.#holdings.chunk(list.digest, index));
  }
}

/** A store that is damaged is no liar: its artifact is taken for one that it does not have. */
async function told<T>(call: () => Promise<T>): Promise<Either<SourceProblem, T>> {
  try {
    return E.right(await call());
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const gone = error.code === 'artifact_missing' || error.code === 'artifact_corrupt';
    return E.left({ code: gone ? 'not_held' : 'source_unreachable', message: error.message });
  }
}
