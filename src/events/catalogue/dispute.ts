/** Facts about disputes: a rejected contribution, questioned down to one operation. */
import {
  actorId,
  amount,
  artifact,
  hex32,
  integer,
  label,
  list,
  nullable,
  object,
  oneOf,
  reasonCode,
  sequence,
  sessionNumber,
  slug,
} from '../codecs.ts';
import { declareFact } from './declare.ts';
import { ofAssignment } from './subjects.ts';
import { assignmentId } from './window.ts';

/** Steps and entries of a trace that a question can name. */
const place = integer(0, 1_000_000);
/** Of one dispute, over all its defenders. */
const round = integer(0, 9999);
/** As many as the tensors of a state that fit a command. */
const PLACES_MAX = 2048;
/** Hashes on a path, or peaks, of a tree of 2^32 leaves. */
const HASHES_MAX = 32;

export const phase = oneOf('forward', 'backward', 'update');
const digests = list(object({ role: label, digest: hex32 }), PLACES_MAX);
/** One entry of a step's trace: src/compute/disputes/trace-entry.ts. */
const traceEntry = object({ operation: label, phase, reads: digests, writes: digests });

export const question = object({
  /**
   * `state_root` after `step` steps; of the step that begins there, its `end` entry, the root of its
   * trace at `position`, the `entry` at `position`, proof of what that entry `read` at `role`, or the
   * tensors that it read, as `evidence`.
   */
  kind: oneOf('state_root', 'end', 'trace_root', 'entry', 'read', 'evidence'),
  step: place,
  position: nullable(place),
  role: nullable(label),
});

/** Exactly the member that the question calls for is not null. */
export const answer = object({
  /** For `state_root` and `trace_root`. */
  root: nullable(hex32),
  /** For `end` and `entry`: the entry, its index and the peaks of all leaves before it. */
  opening: nullable(object({ index: place, entry: traceEntry, peaks: list(hex32, HASHES_MAX) })),
  /** For `read`: from the entry that wrote it, or null: from the state, to the root agreed on. */
  proof: nullable(object({ entry: nullable(traceEntry), path: list(hex32, HASHES_MAX) })),
  /** For `evidence`. */
  evidence: nullable(artifact),
});

/** What a referee found of a party: that it stands, why it is wrong, or nothing. */
export const ruling = oneOf(
  'stands',
  'no_answer',
  'contradicts_itself',
  'form_mismatch',
  'read_unproven',
  'evidence_wrong',
  'result_wrong',
  'not_comparable',
);

export const disputeOpened = declareFact({
  type: 'daybook.dispute.opened.v1',
  author: 'worker',
  command: 'open-dispute',
  doc: 'The author of a rejected contribution stands by it and stakes a bond on that.',
  subject: ofAssignment,
  data: object({ assignment: assignmentId, session: sessionNumber }),
});

export const disputeAsked = declareFact({
  type: 'daybook.dispute.asked.v1',
  author: 'authority',
  doc: 'Claimant and defender are asked the same; a defender other than the last begins anew.',
  subject: ofAssignment,
  data: object({ assignment: assignmentId, round, defender: actorId, question }),
});

export const disputeAnswered = declareFact({
  type: 'daybook.dispute.answered.v1',
  author: 'node',
  command: 'answer-dispute',
  doc: 'A party of a dispute says what its own computation has at the place asked for.',
  subject: ofAssignment,
  data: object({ assignment: assignmentId, session: sessionNumber, round, answer }),
});

export const disputeReferred = declareFact({
  type: 'daybook.dispute.referred.v1',
  author: 'authority',
  doc: 'All is said: referees are drawn from the root after this entry.',
  subject: ofAssignment,
  data: object({ assignment: assignmentId, round, defender: actorId }),
  marksRoot: true,
});

export const disputeCalled = declareFact({
  type: 'daybook.dispute.called.v1',
  author: 'authority',
  doc: 'Validators who had no part in the resolution are to run the disputed operation.',
  subject: ofAssignment,
  data: object({
    assignment: assignmentId,
    seed: hex32,
    referees: list(actorId, 64, 1),
    reason: reasonCode,
  }),
});

export const disputeFound = declareFact({
  type: 'daybook.dispute.found.v1',
  author: 'validator',
  command: 'record-finding',
  doc: 'A referee held the answers against each other, ran the operation, and says who stands.',
  subject: ofAssignment,
  data: object({
    assignment: assignmentId,
    session: sessionNumber,
    /** Of the referral. */
    round,
    claimant: ruling,
    defender: ruling,
  }),
});

export const disputeResolved = declareFact({
  type: 'daybook.dispute.resolved.v1',
  author: 'authority',
  doc: 'The dispute is over: the claimant has prevailed against all who agreed to reject, or has not.',
  subject: ofAssignment,
  data: object({
    assignment: assignmentId,
    outcome: oneOf('claimant_right', 'claimant_wrong', 'undecided'),
    reasons: list(reasonCode, 16, 1),
    /** Who answered for the resolution, in order; the last is the one it ended with. */
    defenders: list(actorId, 64),
    /** Sequences of the findings, in ledger order. */
    findings: list(sequence, 64),
    /** The operation that it came down to; null: it ended before. */
    place: nullable(object({ step: place, index: place, phase, operation: label })),
    bond: amount,
  }),
});

export const participantReinstated = declareFact({
  type: 'daybook.participant.reinstated.v1',
  author: 'authority',
  doc: 'A quarantine is lifted: what it was for has been overturned.',
  subject: ({ participant }) => `participant/${participant}`,
  data: object({ participant: actorId, run: slug, because: list(sequence, 128) }),
});
