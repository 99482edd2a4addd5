/** How large what is stored for a window may be, whatever its model warrants. */
import { integer, object } from '../../codecs.ts';

const sizeBytes = integer(1, 2 ** 40);

export const artifactSection = object({
  /** Of a delta that a worker commits to. */
  deltaBytesMax: sizeBytes,
  /** Of a checkpoint, and of the momentum beside it. */
  checkpointBytesMax: sizeBytes,
});
