/**
 * The default policy: the liveness constants and promotion bands of the training protocol, and
 * economic amounts for a small run. An operator adopts it, or its own.
 */
import type { Policy } from '../projections/books.ts';
import type { DisputePolicy } from '../projections/dispute-book.ts';

const SECOND_MS = 1000;

export const seedPolicy: Policy = {
  revision: 1,
  liveness: {
    heartbeatMs: 5 * SECOND_MS,
    staleAfterMs: 15 * SECOND_MS,
    expireAfterMs: 30 * SECOND_MS,
    leaseMs: 60 * SECOND_MS,
    renewBeforeMs: 15 * SECOND_MS,
    drainMs: 15 * SECOND_MS,
  },
  window: {
    deadlineMs: 3600 * SECOND_MS,
    claimTtlMs: 900 * SECOND_MS,
    revealMs: 60 * SECOND_MS,
    verdictMs: 900 * SECOND_MS,
    aggregationMs: 900 * SECOND_MS,
  },
  validation: {
    auditRateBps: 10_000,
    panelSize: 2,
    quorum: 2,
    tolerantCosineMinPpm: 990_000,
    tolerantNormMaxPpm: 20_000,
  },
  promotion: { acceptGainBps: 10, rejectGainBps: -25 },
  fraud: { quarantineWindows: 1000, penalty: '25000000' },
  rewards: {
    pool: '1000000000',
    workShareBps: 8000,
    periodWindows: 1_000_000,
    stake: '100000000',
  },
};

/** Terms of disputes for a small run; a policy without them offers none. */
export const seedDisputePolicy: DisputePolicy = {
  openMs: 3600 * SECOND_MS,
  answerMs: 300 * SECOND_MS,
  panelSize: 1,
  quorum: 1,
  bond: '10000000',
};
