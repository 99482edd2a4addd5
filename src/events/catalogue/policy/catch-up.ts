/** What a node must show before it gets work. */
import { integer, object } from '../../codecs.ts';

export const catchUpSection = object({
  /** Bytes of a chunk in which checkpoints and deltas are transferred. */
  chunkBytes: integer(1024, 1 << 26),
  /** How many revisions behind a joiner may start from (last stable), 0: none but the current. */
  staleRevisionsMax: integer(0, 1_000_000),
});
