/** Facts about the ledger itself: its opening, its clock, its policies. */
import { actorId, amount, basisPoints, hex32, integer, label, object, timeMs } from '../codecs.ts';
import { declareFact } from './declare.ts';

/** Ledgers of the first format: rules 1, no nonce. */
export const ledgerOpenedFirst = declareFact({
  type: 'daybook.ledger.opened.v1',
  author: 'authority',
  command: 'open-ledger',
  doc: 'The ledger begins: which key sequences it and which key operates it. Written no more; see v2.',
  subject: () => 'ledger',
  data: object({
    format: integer(1, 1),
    authority: actorId,
    operator: actorId,
    /** Origin line of the checkpoints. */
    origin: label,
  }),
  retired: true,
});

export const ledgerOpened = declareFact({
  type: 'daybook.ledger.opened.v2',
  author: 'authority',
  command: 'open-ledger',
  doc: 'The ledger begins: which key sequences it, which key operates it, and by which rules it is decided.',
  subject: () => 'ledger',
  data: object({
    format: integer(2, 2),
    /** Version of the decision rules: what a command is refused for and what follows from it. */
    rules: integer(2, 1_000_000),
    authority: actorId,
    operator: actorId,
    /** Origin line of the checkpoints. */
    origin: label,
    /** Drawn at random: command ids name it, so that a fact signed here can be recorded nowhere else. */
    nonce: hex32,
  }),
});

export const clockTicked = declareFact({
  type: 'daybook.clock.ticked.v1',
  author: 'authority',
  command: 'tick',
  doc: 'Time passed and something was due; the entries that follow say what. Ticks without consequence are not recorded.',
  subject: () => 'ledger/clock',
  data: object({ nowMs: timeMs }),
});

const durationMs = integer(1, 7 * 24 * 3_600_000);

/** Every constant that a rule uses, so that a decision can be re-derived from the stream alone. */
const policySections = {
  revision: integer(1, 1_000_000),
  liveness: object({
    heartbeatMs: durationMs,
    staleAfterMs: durationMs,
    expireAfterMs: durationMs,
    leaseMs: durationMs,
    /** A heartbeat this close to the lease's end renews it. */
    renewBeforeMs: durationMs,
    drainMs: durationMs,
  }),
  window: object({
    /** From planning to the forced seal. */
    deadlineMs: durationMs,
    /** From issue, and again from claim, until an assignment is taken back. */
    claimTtlMs: durationMs,
    /** From seal until unrevealed submissions go to validation without their bytes. */
    revealMs: durationMs,
    /** From a challenge until its silent validators are replaced. */
    verdictMs: durationMs,
    /** From the aggregation request until the window is held for want of a quorum. */
    aggregationMs: durationMs,
  }),
  validation: object({
    /** Share of submissions recomputed, drawn after the seal. */
    auditRateBps: integer(0, 10_000),
    /** Validators drawn for each recomputed submission. */
    panelSize: integer(1, 16),
    /** Equal verdicts (or equal aggregation reports) that decide. */
    quorum: integer(1, 16),
    /** Tolerant class: least cosine of committed and recomputed delta, in parts per million. */
    tolerantCosineMinPpm: integer(0, 1_000_000),
    /** Tolerant class: largest deviation of their norms' ratio from 1, in parts per million. */
    tolerantNormMaxPpm: integer(0, 1_000_000),
  }),
  promotion: object({
    /** Held-out gain at or above which a revision is promoted. */
    acceptGainBps: basisPoints,
    /** Held-out gain at or below which promotion is refused; between the two it is held. */
    rejectGainBps: basisPoints,
  }),
  fraud: object({
    /** Windows after a rejected contribution in which its author gets no work. */
    quarantineWindows: integer(0, 1_000_000),
    /** Taken from escrow for a rejected contribution, as far as the escrow reaches. */
    penalty: amount,
  }),
  rewards: object({
    /** Micro-units paid per period. */
    pool: amount,
    /** Part of the pool for work; the rest is for validation. */
    workShareBps: integer(0, 10_000),
    /** Windows a period spans. */
    periodWindows: integer(1, 1_000_000),
    /** Posted from the issuer to escrow when a participant is admitted. */
    stake: amount,
  }),
};
export const policyData = object(policySections);

export const policyAdopted = declareFact({
  type: 'daybook.policy.adopted.v1',
  author: 'operator',
  command: 'adopt-policy',
  doc: 'A policy revision takes effect for every later decision.',
  subject: (data) => `policy/${data.revision}`,
  data: policyData,
});

export const policyAdoptedWithDisputes = declareFact({
  type: 'daybook.policy.adopted.v2',
  author: 'operator',
  command: 'adopt-policy-with-disputes',
  doc: 'A policy revision that lets rejected contributions be disputed takes effect for every later decision.',
  subject: (data) => `policy/${data.revision}`,
  data: object({
    ...policySections,
    dispute: object({
      /** From the resolution, as long as its author may open a dispute. */
      openMs: durationMs,
      /** From a question until whoever is silent has lost; also what a referee has. */
      answerMs: durationMs,
      /** Referees drawn, where there are so many. */
      panelSize: integer(1, 16),
      /** Equal findings that decide. */
      quorum: integer(1, 16),
      /** Taken from the claimant's escrow until the dispute is over. */
      bond: amount,
    }),
  }),
});
