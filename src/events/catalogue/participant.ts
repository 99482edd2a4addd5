/** Facts about participants: admission, sessions, heartbeats, leases, departures, standing. */
import {
  actorId,
  integer,
  label,
  list,
  object,
  oneOf,
  reasonCode,
  sequence,
  slug,
  timeMs,
  windowIndex,
  sessionNumber,
} from '../codecs.ts';
import { declareFact } from './declare.ts';

export const role = oneOf('worker', 'validator');
const about = (data: { participant: string }): string => `participant/${data.participant}`;

export const participantAdmitted = declareFact({
  type: 'daybook.participant.admitted.v1',
  author: 'operator',
  command: 'admit-participant',
  doc: 'The operator lets a key take part in a role and posts its stake.',
  subject: about,
  data: object({ participant: actorId, role, name: label }),
});

export const participantJoined = declareFact({
  type: 'daybook.participant.joined.v1',
  author: 'node',
  command: 'join',
  doc: 'A node begins a session; a later session of the same node supersedes the earlier.',
  subject: about,
  data: object({
    participant: actorId,
    session: sessionNumber,
    computeClass: oneOf('exact', 'tolerant'),
    backend: label,
    software: label,
  }),
});

export const participantRejoined = declareFact({
  type: 'daybook.participant.rejoined.v1',
  author: 'authority',
  doc: 'The session just begun continues a participant that had been here before.',
  subject: about,
  data: object({ participant: actorId, session: sessionNumber, previous: sessionNumber }),
});

export const leaseGranted = declareFact({
  type: 'daybook.lease.granted.v1',
  author: 'authority',
  doc: 'The participant may hold work until the lease ends.',
  subject: about,
  data: object({ participant: actorId, session: sessionNumber, untilMs: timeMs }),
});

export const participantHeartbeated = declareFact({
  type: 'daybook.participant.heartbeated.v1',
  author: 'node',
  command: 'heartbeat',
  doc: 'A node says that its session is alive.',
  subject: about,
  data: object({
    participant: actorId,
    session: sessionNumber,
    beat: integer(1, Number.MAX_SAFE_INTEGER),
  }),
});

export const leaseRenewed = declareFact({
  type: 'daybook.lease.renewed.v1',
  author: 'authority',
  doc: 'A heartbeat near the end of a lease extended it.',
  subject: about,
  data: object({ participant: actorId, session: sessionNumber, untilMs: timeMs }),
});

export const participantStaled = declareFact({
  type: 'daybook.participant.staled.v1',
  author: 'authority',
  doc: 'Heartbeats stopped coming; the participant gets no new work.',
  subject: about,
  data: object({ participant: actorId, session: sessionNumber, lastHeardMs: timeMs }),
});

export const participantExpired = declareFact({
  type: 'daybook.participant.expired.v1',
  author: 'authority',
  doc: 'Heartbeats stayed away; the session is over and only a new one brings the node back.',
  subject: about,
  data: object({ participant: actorId, session: sessionNumber, lastHeardMs: timeMs }),
});

export const leaseEnded = declareFact({
  type: 'daybook.lease.ended.v1',
  author: 'authority',
  doc: 'The lease ran out; work held under it goes to somebody else.',
  subject: about,
  data: object({ participant: actorId, session: sessionNumber }),
});

export const participantDraining = declareFact({
  type: 'daybook.participant.draining.v1',
  author: 'node',
  command: 'drain',
  doc: 'A node finishes what it holds, takes nothing new and will leave.',
  subject: about,
  data: object({ participant: actorId, session: sessionNumber }),
});

export const participantLeft = declareFact({
  type: 'daybook.participant.left.v1',
  author: 'node',
  command: 'leave',
  doc: 'Deathrattle: a node says on its way out that its session is over.',
  subject: about,
  data: object({ participant: actorId, session: sessionNumber, reason: reasonCode }),
});

export const participantDrained = declareFact({
  type: 'daybook.participant.drained.v1',
  author: 'authority',
  doc: 'A draining participant holds nothing more, or its time to drain is over: it is out.',
  subject: about,
  data: object({ participant: actorId, session: sessionNumber }),
});

export const participantReplaced = declareFact({
  type: 'daybook.participant.replaced.v1',
  author: 'authority',
  doc: 'Another participant takes over work that this one can no longer do.',
  subject: about,
  data: object({
    participant: actorId,
    replacement: actorId,
    assignment: label,
    reason: reasonCode,
  }),
});

export const participantQuarantined = declareFact({
  type: 'daybook.participant.quarantined.v1',
  author: 'authority',
  doc: 'Evidence of bad work: no new work until the window named.',
  subject: about,
  data: object({
    participant: actorId,
    run: slug,
    untilWindow: windowIndex,
    reasons: list(reasonCode, 16, 1),
    /** Sequences of the verdicts that this rests on. */
    evidence: list(sequence, 64, 1),
  }),
});
