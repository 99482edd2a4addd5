/** Facts of catching up: a state that a worker has reached, and chunks that a node offers to others. */
import {
  artifact,
  digest,
  hex32,
  integer,
  list,
  object,
  oneOf,
  sessionNumber,
  slug,
  text,
} from '../codecs.ts';
import { declareFact } from './declare.ts';
import { durationMs } from './policy/duration.ts';
import { assignmentId } from './window.ts';
import { ofAssignment } from './subjects.ts';

export const catchupCompleted = declareFact({
  type: 'daybook.catchup.completed.v1',
  author: 'worker',
  command: 'complete-catch-up',
  doc: 'The worker holds the state of a revision: the digest is computed from the bytes it holds. It may get work of the run in this session.',
  subject: (data) => `run/${data.run}/revision/${data.revision}`,
  data: object({
    run: slug,
    session: sessionNumber,
    revision: integer(0, 1e9),
    checkpoint: digest,
    mode: oneOf('blocking', 'overlapped', 'last-stable'),
    /** Where bytes came from; `kept`: it had them already. */
    sources: list(oneOf('kept', 'peer', 'store'), 3),
    /** Fetched, in bytes. */
    bytes: integer(0, Number.MAX_SAFE_INTEGER),
    /** Chunks that did not lead to their root. */
    chunksRefused: integer(0, 1e9),
    /** Revisions it went through by outer steps of its own. */
    revisionsCrossed: integer(0, 1e9),
  }),
});

/** Host and path of an HTTP server; no user, no query, no fragment. */
const endpoint = text(
  'HTTP endpoint',
  /^https?:\/\/[A-Za-z0-9[\]:.-]{1,160}(\/[A-Za-z0-9._~-]{1,32}){0,4}$/,
);

export const chunksAdvertised = declareFact({
  type: 'daybook.chunks.advertised.v1',
  author: 'node',
  command: 'advertise-chunks',
  doc: 'A node serves an artifact of the ledger in chunks, for a while. Nobody vouches for the root: whoever fetches checks the whole against its digest.',
  subject: (data) => `artifact/${data.artifact.digest}`,
  data: object({
    session: sessionNumber,
    artifact,
    chunkBytes: integer(1024, 1 << 26),
    count: integer(0, 2 ** 30),
    /** RFC 6962 root over the chunks, in hex. */
    root: hex32,
    endpoint,
    goodForMs: durationMs,
  }),
});

export const assignmentClaimedWithState = declareFact({
  type: 'daybook.assignment.claimed.v2',
  author: 'worker',
  command: 'claim-assignment-with-state',
  doc: 'The worker begins an assignment in this session and shows what it holds: the state that it starts from and the pages that it trains on.',
  subject: ofAssignment,
  data: object({
    assignment: assignmentId,
    session: sessionNumber,
    /** Computed from the bytes that it holds. */
    checkpoint: digest,
    /** RFC 6962 root over the bytes of the assigned pages in training order, in hex. */
    pagesRoot: hex32,
  }),
});
