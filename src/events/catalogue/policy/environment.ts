/** What a node may run on to take part. */
import { label, list, object, oneOf } from '../../codecs.ts';

export const environmentSection = object({
  /** Builds, as nodes name theirs when they join; an empty list admits any. */
  software: list(label, 64),
  /** Classes of compute in which sessions may be begun; validators always need the exact one. */
  computeClasses: list(oneOf('exact', 'tolerant'), 2, 1),
});
