/** What a validator binds itself to: its scores, that they are its own, and a salt nobody can guess. */
import { canonicalJson } from '../../events/canonical-json.ts';
import { sha256 } from '../../events/digest.ts';
import type { ActorId } from '../../events/ids.ts';
import type { ContributionScore } from '../../projections/scoring-book.ts';

export interface Committed {
  readonly run: string;
  readonly window: number;
  readonly validator: ActorId;
  readonly scores: readonly ContributionScore[];
  /** 32 bytes in hex. */
  readonly salt: string;
}

/** SHA-256 over the canonical JSON of exactly these members, in hex. */
export const commitmentOf = ({ run, window, validator, scores, salt }: Committed): string =>
  Buffer.from(
    sha256(
      Buffer.from(
        canonicalJson({ run, window, validator, scores: scores.map((one) => ({ ...one })), salt }),
      ),
    ),
  ).toString('hex');
