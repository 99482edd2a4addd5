/** How long something may take in a policy: up to a week. */
import { integer } from '../../codecs.ts';

export const durationMs = integer(1, 7 * 24 * 3_600_000);
