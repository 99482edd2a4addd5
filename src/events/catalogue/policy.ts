/**
 * Facts that adopt policies. A policy holds every constant that a rule uses, so that a decision can be
 * re-derived from the stream alone; what an open network adds has a file a section in policy/.
 */
import { amount, basisPoints, integer, nullable, object } from '../codecs.ts';
import { declareFact } from './declare.ts';
import { admissionSection } from './policy/admission.ts';
import { artifactSection } from './policy/artifact.ts';
import { cadenceSection } from './policy/cadence.ts';
import { catchUpSection } from './policy/catch-up.ts';
import { durationMs } from './policy/duration.ts';
import { environmentSection } from './policy/environment.ts';
import { governanceSection } from './policy/governance.ts';
import { ladderSection } from './policy/ladder.ts';
import { meshSection } from './policy/mesh.ts';
import { registrySection } from './policy/registry.ts';
import { scoringSection } from './policy/scoring.ts';
import { vestingSection } from './policy/vesting.ts';

const policySections = {
  revision: integer(1, 1_000_000),
  liveness: object({
    /** From one heartbeat of a node to the next. */
    heartbeatMs: durationMs,
    /** Silence since the last heartbeat after which a node gets no new work. */
    staleAfterMs: durationMs,
    /** Silence since the last heartbeat after which its session is over. */
    expireAfterMs: durationMs,
    /** Length of a lease, under which a node holds work; what it holds when it ends goes to others. */
    leaseMs: durationMs,
    /** A heartbeat this close to the lease's end renews it. */
    renewBeforeMs: durationMs,
    /** From a node's wish to leave, as long as it may finish what it holds. */
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
const policyData = object(policySections);

export const policyAdopted = declareFact({
  type: 'daybook.policy.adopted.v1',
  author: 'operator',
  command: 'adopt-policy',
  doc: 'A policy revision takes effect for every later decision.',
  subject: (data) => `policy/${data.revision}`,
  data: policyData,
});

const disputeSection = object({
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
});

export const policyAdoptedWithDisputes = declareFact({
  type: 'daybook.policy.adopted.v2',
  author: 'operator',
  command: 'adopt-policy-with-disputes',
  doc: 'A policy revision that lets rejected contributions be disputed takes effect for every later decision.',
  subject: (data) => `policy/${data.revision}`,
  data: object({
    ...policySections,
    dispute: disputeSection,
  }),
});

/** The terms of an open network, whoever decides them. A section that is null is not offered. */
export const networkPolicy = object({
  ...policySections,
  dispute: nullable(disputeSection),
  governance: nullable(governanceSection),
  registry: nullable(registrySection),
  admission: nullable(admissionSection),
  mesh: nullable(meshSection),
  scoring: nullable(scoringSection),
  ladder: nullable(ladderSection),
  vesting: nullable(vestingSection),
  catchUp: nullable(catchUpSection),
  cadence: nullable(cadenceSection),
  environment: nullable(environmentSection),
  artifact: nullable(artifactSection),
});

export const policyAdoptedForNetwork = declareFact({
  type: 'daybook.policy.adopted.v3',
  author: 'operator',
  command: 'adopt-network-policy',
  doc: 'A policy revision with the terms of an open network; a section that is null is not offered. Windows are decided to their end by the revision that they were planned under.',
  subject: (data) => `policy/${data.revision}`,
  data: networkPolicy,
});
