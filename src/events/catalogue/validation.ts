/** Facts about challenges, verdicts, quorum and aggregation. */
import {
  actorId,
  artifact,
  digest,
  hex32,
  integer,
  list,
  nullable,
  object,
  oneOf,
  reasonCode,
  sequence,
  slug,
  windowIndex,
  sessionNumber,
} from '../codecs.ts';
import { declareFact } from './declare.ts';
import { ofAssignment, ofWindow } from './subjects.ts';
import { assignmentId } from './window.ts';

export const disposition = oneOf('accepted', 'quarantined', 'rejected', 'replay_required');

export const challengeIssued = declareFact({
  type: 'daybook.challenge.issued.v1',
  author: 'authority',
  doc: 'A sealed submission is drawn for recomputation by a panel; the reserve follows in order.',
  subject: ofAssignment,
  data: object({
    assignment: assignmentId,
    seed: hex32,
    panel: list(actorId, 64, 1),
    reserve: list(actorId, 100_000),
  }),
});

export const submissionSpared = declareFact({
  type: 'daybook.submission.spared.v1',
  author: 'authority',
  doc: 'The audit draw did not pick this submission: it stands on the universal checks.',
  subject: ofAssignment,
  data: object({ assignment: assignmentId, seed: hex32 }),
});

export const verdictRecorded = declareFact({
  type: 'daybook.verdict.recorded.v1',
  author: 'validator',
  command: 'record-verdict',
  doc: 'A validator recomputed a submission and says what came out.',
  subject: ofAssignment,
  data: object({
    assignment: assignmentId,
    session: sessionNumber,
    disposition,
    reasons: list(reasonCode, 16),
    /** What the bytes in the store hash to; null when there are none. */
    observed: nullable(digest),
    /** What the validator computed; null when it could not. */
    recomputed: nullable(artifact),
    /** First state root that differs from the worker's trace; null when none does. */
    firstDivergence: nullable(integer(0, 4095)),
  }),
});

export const panelExtended = declareFact({
  type: 'daybook.panel.extended.v1',
  author: 'authority',
  doc: 'The panel disagrees or a member fell silent: the next validator of the reserve is called.',
  subject: ofAssignment,
  data: object({ assignment: assignmentId, validator: actorId, reason: reasonCode }),
});

export const challengeResolved = declareFact({
  type: 'daybook.challenge.resolved.v1',
  author: 'authority',
  doc: 'A quorum of equal verdicts, or the want of one, settles what the submission is worth.',
  subject: ofAssignment,
  data: object({
    assignment: assignmentId,
    disposition,
    reasons: list(reasonCode, 16),
    counted: nullable(digest),
    /** Sequences of the verdicts, in ledger order. */
    verdicts: list(sequence, 64),
    agreeing: list(actorId, 64),
    dissenting: list(actorId, 64),
  }),
});

export const aggregationRequested = declareFact({
  type: 'daybook.aggregation.requested.v1',
  author: 'authority',
  doc: 'The outer step is to be computed from these deltas, in this order, by each validator named.',
  subject: ofWindow,
  data: object({
    run: slug,
    window: windowIndex,
    checkpoint: digest,
    momentum: nullable(digest),
    deltas: list(digest, 1024, 1),
    validators: list(actorId, 100_000, 1),
  }),
});

export const aggregationReported = declareFact({
  type: 'daybook.aggregation.reported.v1',
  author: 'validator',
  command: 'report-aggregation',
  doc: 'A validator computed the outer step and the held-out loss before and after it.',
  subject: ofWindow,
  data: object({
    run: slug,
    window: windowIndex,
    session: sessionNumber,
    checkpoint: artifact,
    momentum: artifact,
    lossBeforeMicroNats: integer(0, Number.MAX_SAFE_INTEGER),
    lossAfterMicroNats: integer(0, Number.MAX_SAFE_INTEGER),
  }),
});

export const aggregationAgreed = declareFact({
  type: 'daybook.aggregation.agreed.v1',
  author: 'authority',
  doc: 'A quorum of validators reported the same aggregate.',
  subject: ofWindow,
  data: object({
    run: slug,
    window: windowIndex,
    checkpoint: artifact,
    momentum: artifact,
    lossBeforeMicroNats: integer(0, Number.MAX_SAFE_INTEGER),
    lossAfterMicroNats: integer(0, Number.MAX_SAFE_INTEGER),
    reports: list(sequence, 100_000, 1),
    agreeing: list(actorId, 100_000, 1),
    dissenting: list(actorId, 100_000),
  }),
});
