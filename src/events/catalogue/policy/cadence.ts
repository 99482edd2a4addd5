/** The public clock of windows: a grid of slots on Unix time, at most one window of a run in each. */
import { durationMs } from './duration.ts';
import { object } from '../../codecs.ts';

export const cadenceSection = object({
  /** Length of a slot. */
  windowMs: durationMs,
});
