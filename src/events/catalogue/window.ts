/** Facts about windows, assignments, claims, submissions and uploads. */
import {
  actorId,
  artifact,
  digest,
  hex32,
  integer,
  label,
  list,
  nullable,
  object,
  oneOf,
  reasonCode,
  sequence,
  slotIndex,
  slug,
  text,
  timeMs,
  windowIndex,
  sessionNumber,
} from '../codecs.ts';
import { declareFact } from './declare.ts';
import { ofAssignment, ofWindow } from './subjects.ts';

/** `<run>/<window>/<slot>/<attempt>` */
export const assignmentId = text(
  'assignment id',
  /^[a-z0-9][a-z0-9-]{0,63}\/\d{1,7}\/\d{1,4}\/\d{1,4}$/,
);

export const windowPlanned = declareFact({
  type: 'daybook.window.planned.v1',
  author: 'authority',
  doc: 'A window is drawn: its input revision, its seed, who contributes and who stands by.',
  subject: ofWindow,
  data: object({
    run: slug,
    window: windowIndex,
    policyRevision: integer(1, 1_000_000),
    revision: integer(0, 1e9),
    checkpoint: digest,
    /** SHA-256(root after the entry `seedFrom` || run || window), see draws.ts. */
    seed: hex32,
    seedFrom: sequence,
    /** Eligible participants in drawn order; slot i goes to contributors[i]. */
    contributors: list(actorId, 1024, 1),
    standby: list(actorId, 100_000),
    deadlineMs: timeMs,
  }),
});

const issuedMembers = {
  assignment: assignmentId,
  run: slug,
  window: windowIndex,
  slot: slotIndex,
  attempt: integer(0, 9999),
  participant: actorId,
  pages: list(integer(0, 2 ** 32), 65_536, 1),
  expiresMs: timeMs,
};

export const assignmentIssued = declareFact({
  type: 'daybook.assignment.issued.v1',
  author: 'authority',
  doc: "A participant is to train on these pages from the window's input revision.",
  subject: ofAssignment,
  data: object(issuedMembers),
});

export const stageIssued = declareFact({
  type: 'daybook.assignment.issued.v2',
  author: 'authority',
  doc: 'A participant is to work on one stage of a slot: these steps of it, on these pages, from what the stage before handed on.',
  subject: ofAssignment,
  data: object({
    ...issuedMembers,
    stage: object({
      index: integer(0, 63),
      count: integer(2, 64),
      /** Inner steps of the window that are behind it, and its own. */
      firstStep: integer(0, 1_000_000),
      steps: integer(1, 1_000_000),
      /** The assignment of the stage before; null: this is the first. */
      upstream: nullable(assignmentId),
      /** What it begins with: the state handed on, or the window's checkpoint. */
      input: digest,
    }),
  }),
});

export const windowActivated = declareFact({
  type: 'daybook.window.activated.v1',
  author: 'authority',
  doc: 'Assignments are out; contributions may come in.',
  subject: ofWindow,
  data: object({ run: slug, window: windowIndex }),
});

export const assignmentClaimed = declareFact({
  type: 'daybook.assignment.claimed.v1',
  author: 'worker',
  command: 'claim-assignment',
  doc: 'The worker acknowledges an assignment and begins it in this session.',
  subject: ofAssignment,
  data: object({ assignment: assignmentId, session: sessionNumber }),
});

export const claimExpired = declareFact({
  type: 'daybook.claim.expired.v1',
  author: 'authority',
  doc: 'Nothing came of an assignment in its time.',
  subject: ofAssignment,
  data: object({ assignment: assignmentId, participant: actorId }),
});

export const assignmentFailed = declareFact({
  type: 'daybook.assignment.failed.v1',
  author: 'worker',
  command: 'fail-assignment',
  doc: 'The assigned work came to nothing that can be committed to: a loss that is not finite, say, or a device that was lost.',
  subject: ofAssignment,
  data: object({ assignment: assignmentId, session: sessionNumber, reason: reasonCode }),
});

export const assignmentSuperseded = declareFact({
  type: 'daybook.assignment.superseded.v1',
  author: 'authority',
  doc: 'The assignment is void; `by` names the one that took its place, if any.',
  subject: ofAssignment,
  data: object({
    assignment: assignmentId,
    participant: actorId,
    reason: reasonCode,
    by: nullable(assignmentId),
  }),
});

const submissionMembers = {
  assignment: assignmentId,
  session: sessionNumber,
  checkpoint: digest,
  delta: artifact,
  computeClass: oneOf('exact', 'tolerant'),
  backend: label,
  tokens: integer(1, Number.MAX_SAFE_INTEGER),
  innerSteps: integer(1, 1_000_000),
  lossFirstMicroNats: integer(0, Number.MAX_SAFE_INTEGER),
  lossLastMicroNats: integer(0, Number.MAX_SAFE_INTEGER),
  /** State roots along the inner steps, the last one after the last step. */
  trace: list(hex32, 4096, 1),
  /** The worker's own clock; for people, no rule reads it. */
  elapsedMs: integer(0, 1e12),
};

export const submissionCommitted = declareFact({
  type: 'daybook.submission.committed.v1',
  author: 'worker',
  command: 'commit-submission',
  doc: 'The worker binds itself to a delta by digest, before anybody can read its bytes.',
  subject: ofAssignment,
  data: object({ ...submissionMembers, encoding: oneOf('f32') }),
});

export const encodedSubmissionCommitted = declareFact({
  type: 'daybook.submission.committed.v2',
  author: 'worker',
  command: 'commit-encoded-submission',
  doc: "The worker binds itself to an encoded delta, and to what its encoding lost: the error feedback that went into it and the one that goes into the worker's next.",
  subject: ofAssignment,
  data: object({
    ...submissionMembers,
    encoding: oneOf('int8', 'sparseloco', 'demo'),
    /** Feedback of an accepted contribution of the same worker; null: it began with none. */
    feedbackFrom: nullable(digest),
    /** Null where the encoding keeps none. */
    feedback: nullable(artifact),
  }),
});

export const stageCommitted = declareFact({
  type: 'daybook.submission.committed.v3',
  author: 'worker',
  command: 'commit-stage',
  doc: 'The worker binds itself to what its stage came to: a state, whose bytes are in the artifact store for the next stage, or, from the last one, the delta of the slot.',
  subject: ofAssignment,
  data: object({
    assignment: assignmentId,
    session: sessionNumber,
    /** What the stage began with. */
    input: digest,
    output: artifact,
    computeClass: oneOf('exact'),
    backend: label,
    tokens: integer(1, Number.MAX_SAFE_INTEGER),
    steps: integer(1, 1_000_000),
    lossFirstMicroNats: integer(0, Number.MAX_SAFE_INTEGER),
    lossLastMicroNats: integer(0, Number.MAX_SAFE_INTEGER),
    /** State roots along its steps, the last one after the last step. */
    trace: list(hex32, 4096, 1),
    /** The worker's own clock; for people, no rule reads it. */
    elapsedMs: integer(0, 1e12),
  }),
});

export const windowSealed = declareFact({
  type: 'daybook.window.sealed.v1',
  author: 'authority',
  doc: 'What counts in this window is fixed; audits are drawn from the root after this entry.',
  subject: ofWindow,
  data: object({
    run: slug,
    window: windowIndex,
    reason: oneOf('complete', 'deadline'),
    /** Assignments whose submissions count, by slot. */
    submissions: list(assignmentId, 1024),
  }),
  marksRoot: true,
});

export const uploadCompleted = declareFact({
  type: 'daybook.upload.completed.v1',
  author: 'worker',
  command: 'reveal-submission',
  doc: 'After the seal the bytes behind the committed digest are in the artifact store.',
  subject: ofAssignment,
  data: object({ assignment: assignmentId, session: sessionNumber, delta: artifact }),
});

export const windowScored = declareFact({
  type: 'daybook.window.scored.v1',
  author: 'authority',
  doc: 'Every submission has its disposition; these deltas count, by slot.',
  subject: ofWindow,
  data: object({
    run: slug,
    window: windowIndex,
    slots: list(
      object({
        slot: slotIndex,
        assignment: assignmentId,
        disposition: oneOf('accepted', 'quarantined', 'rejected', 'replay_required'),
        /** Digest of the delta that enters the outer step; null: the slot is left out. */
        counted: nullable(digest),
      }),
      1024,
    ),
  }),
});

export const windowReconciled = declareFact({
  type: 'daybook.window.reconciled.v1',
  author: 'authority',
  doc: 'Promotion is decided and rewards are posted: the window is closed for good.',
  subject: ofWindow,
  data: object({ run: slug, window: windowIndex }),
});
