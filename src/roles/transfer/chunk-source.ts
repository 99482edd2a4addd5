/**
 * Where chunks come from. A source may lie or be slow: what it gives is checked by whoever asked. What
 * went wrong is a value, told apart by whose fault it can be.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import type { Digest } from '../../events/ids.ts';
import type { Chunk, ChunkList } from './chunk-list.ts';

export type SourceProblemCode =
  | 'source_unreachable' // no answer, or not in time: ask again, or another
  | 'not_held' // the source has no such artifact
  | 'answer_malformed' // an answer that no honest source gives
  | 'chunk_corrupt' // bytes that do not lead to the root
  | 'root_false'; // the chunks lead to the root, and are not the artifact

export interface SourceProblem {
  readonly code: SourceProblemCode;
  readonly message: string;
}

/** No accident of a network looks like this: the source is not asked again. */
export const convicts = ({ code }: SourceProblem): boolean =>
  code === 'answer_malformed' || code === 'chunk_corrupt' || code === 'root_false';

export type SourceKind = 'peer' | 'store';

export interface ChunkSource {
  /** Distinct among the sources that are asked together. */
  readonly name: string;
  readonly kind: SourceKind;
  list(digest: Digest, signal: AbortSignal): Promise<Either<SourceProblem, ChunkList>>;
  chunk(list: ChunkList, index: number, signal: AbortSignal): Promise<Either<SourceProblem, Chunk>>;
}
