/** Facts about what the scores of a window come to, by stake. */
import {
  actorId,
  amount,
  integer,
  list,
  object,
  reasonCode,
  sequence,
  slug,
  windowIndex,
} from '../codecs.ts';
import { declareFact } from './declare.ts';
import { CONTRIBUTIONS_MAX, SCORERS_MAX } from './scores.ts';
import { ofWindow } from './subjects.ts';

/** A share of one in Q32: 2^32 is all of it. */
const share = integer(0, 2 ** 32);
/** Validators called that did not commit, or did not show what they had committed to. */
const missing = list(actorId, SCORERS_MAX);

export const consensusReached = declareFact({
  type: 'daybook.consensus.reached.v1',
  author: 'authority',
  doc: "The scores of a window have become one: what each contributor's share of it is, and each validator's.",
  subject: ofWindow,
  data: object({
    run: slug,
    window: windowIndex,
    /** Those that showed their scores, in the order of the request. */
    validators: list(
      object({ validator: actorId, stake: amount, trust: share, dividend: share }),
      SCORERS_MAX,
      1,
    ),
    /** In the order of their first contribution. */
    contributors: list(
      object({ participant: actorId, weight: share, incentive: share, trust: share }),
      CONTRIBUTIONS_MAX,
      1,
    ),
    missing,
  }),
});

export const consensusFailed = declareFact({
  type: 'daybook.consensus.failed.v1',
  author: 'authority',
  doc: 'The window has no consensus on its scores: its credits are those of work done alone.',
  subject: ofWindow,
  data: object({ run: slug, window: windowIndex, reason: reasonCode, missing }),
});

export const consensusDisagreed = declareFact({
  type: 'daybook.consensus.disagreed.v1',
  author: 'authority',
  doc: 'The receipt of a disagreement: these validators scored a window further from the consensus than the policy has it.',
  subject: ofWindow,
  data: object({
    run: slug,
    window: windowIndex,
    validators: list(
      object({
        validator: actorId,
        /** Half the sum of differences of weights, both vectors made to sum to one. */
        distanceBps: integer(0, 10_000),
        /** Entry of its scores. */
        revealed: sequence,
      }),
      SCORERS_MAX,
      1,
    ),
  }),
});
