/** What a worker must show before it gets work of a run, and how heavy bytes are handed on. */
import { integer, object } from '../../codecs.ts';
import { durationMs } from './duration.ts';

export const catchUpSection = object({
  /** Bytes of a chunk in which checkpoints, momenta and deltas are advertised. */
  chunkBytes: integer(1024, 1 << 26),
  /** How many revisions behind a joiner may be when it counts as caught up, 0: none. A claim shows the current one. */
  staleRevisionsMax: integer(0, 1_000_000),
  /** Longest time for which an advertisement of chunks is good. */
  advertMaxMs: durationMs,
});
