/** Terms of a small open network, by section: an operator or its voters adopt these, or their own. */
import type { OptionalSection, Policy } from '../projections/books.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;

/** Every section but that of disputes, which has terms of its own in seed-policy.ts. */
export const seedNetworkPolicy: Required<Pick<Policy, Exclude<OptionalSection, 'dispute'>>> = {
  governance: {
    votingEpochs: 1,
    noticeEpochs: 1,
    turnoutBps: 5000,
    approvalBps: 6667,
    bond: '10000000',
  },
  registry: {
    posture: 'open',
    workerStake: '50000000',
    validatorStake: '100000000',
    unbondMs: 24 * HOUR_MS,
    offerMs: 60 * SECOND_MS,
    claimToleranceBps: 5000,
    claimWindows: 3,
    clusterMax: 1,
  },
  admission: {
    canaryAccepted: 2,
    limitedAccepted: 5,
    canaryWindows: 20,
    canarySlots: 1,
    canaryPayBps: 0,
    limitedPayBps: 5000,
  },
  mesh: {
    standbyMax: 16,
    exploreBps: 2500,
    freshMs: 15 * SECOND_MS,
    workersMin: 1,
    validatorsMin: 2,
  },
  scoring: {
    commitMs: 60 * SECOND_MS,
    revealMs: 60 * SECOND_MS,
    pages: 4,
    kappa: 32_767,
    bondAlphaPpm: 100_000,
    quorumBps: 5000,
    disagreementBps: 2000,
  },
  ladder: {
    warnings: 1,
    deweightBps: 5000,
    deweightWindows: 5,
    quarantineWindows: 10,
    slashBps: 2500,
    memoryWindows: 100,
    appealMs: HOUR_MS,
    panelMs: 900 * SECOND_MS,
    panelSize: 3,
    quorum: 2,
    bond: '10000000',
  },
  vesting: { periods: 4, turnMs: 24 * HOUR_MS },
  cadence: { windowMs: 900 * SECOND_MS },
  catchUp: { chunkBytes: 1 << 20, staleRevisionsMax: 16 },
};
