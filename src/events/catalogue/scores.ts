/** Facts about scores: validators commit to what they measured, and show it once all have. */
import {
  actorId,
  amount,
  basisPoints,
  hex32,
  list,
  object,
  sessionNumber,
  slug,
  timeMs,
  windowIndex,
} from '../codecs.ts';
import { declareFact } from './declare.ts';
import { ofWindow } from './subjects.ts';
import { assignmentId } from './window.ts';

/** As many as are called to score a window: those with the largest stakes. */
export const SCORERS_MAX = 64;
/** One a slot. */
export const CONTRIBUTIONS_MAX = 1024;

const ofThis = { run: slug, window: windowIndex };

export const score = object({
  /** (before - after) / before of the held-out loss, in basis points. */
  gainBps: basisPoints,
  /** What it gained on its own pages less what it gained on random ones, in basis points. */
  gapBps: basisPoints,
});

export const scoresRequested = declareFact({
  type: 'daybook.scores.requested.v1',
  author: 'authority',
  doc: 'The accepted contributions of a window are to be scored by each validator named, on pages drawn by the seed.',
  subject: ofWindow,
  data: object({
    ...ofThis,
    /** SHA-256(root after the seal || "scores\n<run>\n<window>"), see draws.ts. */
    seed: hex32,
    /** By slot. */
    contributions: list(assignmentId, CONTRIBUTIONS_MAX, 1),
    /** With the stake that each speaks for: its escrow at this entry. */
    validators: list(object({ validator: actorId, stake: amount }), SCORERS_MAX, 1),
    commitUntilMs: timeMs,
  }),
});

export const scoresCommitted = declareFact({
  type: 'daybook.scores.committed.v1',
  author: 'validator',
  command: 'commit-scores',
  doc: 'A validator binds itself to its scores of a window before anybody can read them.',
  subject: ofWindow,
  data: object({
    ...ofThis,
    session: sessionNumber,
    /** SHA-256 over the canonical JSON of {run, window, validator, scores, salt}. */
    commitment: hex32,
  }),
});

export const scoresSealed = declareFact({
  type: 'daybook.scores.sealed.v1',
  author: 'authority',
  doc: 'No more commitments are taken: whoever has committed is to show its scores.',
  subject: ofWindow,
  data: object({
    ...ofThis,
    committed: list(actorId, SCORERS_MAX, 1),
    revealUntilMs: timeMs,
  }),
});

export const scoresRevealed = declareFact({
  type: 'daybook.scores.revealed.v1',
  author: 'validator',
  command: 'reveal-scores',
  doc: 'A validator shows the scores that it has committed to, in the order of the request.',
  subject: ofWindow,
  data: object({
    ...ofThis,
    session: sessionNumber,
    scores: list(score, CONTRIBUTIONS_MAX, 1),
    salt: hex32,
  }),
});
