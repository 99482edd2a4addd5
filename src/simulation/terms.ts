/**
 * The terms of a scenario: the first sections always, and a mix of those of an open network, each drawn
 * apart, so that what one of them is does not change what another is.
 */
import { deterrentStake, deters } from '../commands/deterrence.ts';
import type { Shape } from '../commands/deterrence.ts';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import type { Policy } from '../projections/books.ts';
import type { Chance } from './chance.ts';

const SECOND_MS = 1000;
const GOVERNANCE = { ...seedNetworkPolicy.governance, votingEpochs: 1, noticeEpochs: 1 };

interface TermsFor extends Shape {
  readonly quorum: number;
  /** Whether a council decides the terms. */
  readonly isFounded: boolean;
}

export function drawTerms(chance: Chance, { quorum, isFounded, ...shape }: TermsFor): Policy {
  const policy = deterring(
    {
      ...drawFirstTerms(chance.of('policy'), quorum, shape.windows),
      ...drawScoring(chance.of('scoring')),
      ...drawCatchUp(chance.of('catch-up')),
      ...drawVesting(chance.of('vesting')),
      ...drawCadence(chance.of('cadence')),
      ...(isFounded ? { governance: GOVERNANCE } : {}),
    },
    shape,
  );
  return { ...policy, ...drawRegistry(chance.of('registry'), policy.rewards.stake) };
}

/** Every fourth network is open: its parties come by themselves, with stake from outside. */
function drawRegistry(chance: Chance, stake: string): Pick<Policy, 'registry'> {
  if (!chance.ppm(250_000)) return {};
  return {
    registry: {
      ...seedNetworkPolicy.registry,
      // What penalties leave is still enough.
      workerStake: (BigInt(stake) / 4n).toString(),
      validatorStake: (BigInt(stake) / 2n).toString(),
      offerMs: chance.between(20, 60) * SECOND_MS,
      clusterMax: chance.pick([1, 2]),
    },
  };
}

/** Every third pays into a ring. */
function drawVesting(chance: Chance): Pick<Policy, 'vesting'> {
  if (!chance.ppm(333_333)) return {};
  return { vesting: { periods: chance.between(1, 4), turnMs: chance.between(10, 60) * SECOND_MS } };
}

/** Every fourth has windows on a public clock. */
function drawCadence(chance: Chance): Pick<Policy, 'cadence'> {
  if (!chance.ppm(250_000)) return {};
  return { cadence: { windowMs: chance.between(30, 120) * SECOND_MS } };
}

function drawFirstTerms(chance: Chance, quorum: number, windows: number): Policy {
  const heartbeatMs = chance.pick([10, 14, 18]) * SECOND_MS;
  const rate = chance.ppm(700_000) ? 10_000 : chance.between(2000, 9000);
  return {
    ...seedPolicy,
    ...drawMeshTerms(chance.of('mesh'), heartbeatMs),
    liveness: {
      heartbeatMs,
      staleAfterMs: 2.5 * heartbeatMs,
      expireAfterMs: 4 * heartbeatMs,
      leaseMs: 60 * SECOND_MS,
      renewBeforeMs: 2 * heartbeatMs,
      drainMs: 15 * SECOND_MS,
    },
    window: {
      deadlineMs: chance.between(90, 240) * SECOND_MS,
      claimTtlMs: chance.between(30, 60) * SECOND_MS,
      revealMs: chance.between(10, 40) * SECOND_MS,
      verdictMs: chance.between(30, 60) * SECOND_MS,
      aggregationMs: chance.between(60, 120) * SECOND_MS,
    },
    validation: {
      ...seedPolicy.validation,
      auditRateBps: rate,
      panelSize: quorum + chance.below(2),
      quorum,
    },
    fraud: { ...seedPolicy.fraud, quarantineWindows: chance.pick([1, 3, 1000]) },
    ...drawLadder(chance.of('ladder'), quorum),
    rewards: {
      ...seedPolicy.rewards,
      periodWindows: chance.pick([1, 3, Math.max(1, windows - 1), 1_000_000]),
    },
  };
}

/** Most networks score their windows. */
function drawScoring(chance: Chance): Pick<Policy, 'scoring'> {
  if (!chance.ppm(700_000)) return {};
  return {
    scoring: {
      commitMs: chance.between(10, 40) * SECOND_MS,
      revealMs: chance.between(10, 40) * SECOND_MS,
      pages: chance.between(1, 3),
      kappa: 32_767,
      bondAlphaPpm: chance.pick([0, 100_000, 1_000_000]),
      quorumBps: chance.pick([1, 5000, 6667]),
      disagreementBps: chance.pick([0, 1000, 10_000]),
    },
  };
}

/** A run is planned only where the stake deters. */
function deterring(policy: Policy, shape: Shape): Policy {
  if (deters(policy, shape)) return policy;
  const stake = deterrentStake(policy, shape) ?? 0n;
  return { ...policy, rewards: { ...policy.rewards, stake: stake.toString() } };
}

/** In every third scenario, offences have a ladder. */
function drawLadder(chance: Chance, quorum: number): Pick<Policy, 'ladder'> {
  if (!chance.ppm(333_333)) return {};
  const rungs = ['deweighted', 'quarantined', 'slashed'] as const;
  return {
    ladder: {
      ...seedNetworkPolicy.ladder,
      first: {
        work: chance.pick(rungs),
        verdict: chance.pick(rungs),
        signature: chance.pick(rungs),
      },
      warnings: chance.below(3),
      deweightWindows: chance.pick([1, 5]),
      quarantineWindows: chance.pick([1, 3, 1000]),
      memoryWindows: chance.pick([1, 5, 100]),
      appealMs: chance.between(20, 300) * SECOND_MS,
      panelMs: chance.between(20, 120) * SECOND_MS,
      panelSize: quorum + chance.below(2),
      quorum,
    },
  };
}

/** Every third network is a mesh, and most of those let their participants in by stages. */
function drawMeshTerms(chance: Chance, heartbeatMs: number): Partial<Policy> {
  if (chance.below(3) > 0) return {};
  const mesh: Policy['mesh'] = {
    standbyMax: chance.below(6),
    exploreBps: chance.pick([0, 2500, 10_000]),
    freshMs: chance.pick([1.5, 2, 5]) * heartbeatMs,
    clusterSlots: chance.pick([1, 1, 2]),
    workersMin: chance.below(4),
    validatorsMin: chance.below(4),
  };
  if (chance.below(4) === 0) return { mesh };
  const canarySlots = chance.between(1, 3);
  const admission: Policy['admission'] = {
    canaryAccepted: chance.between(1, 2),
    limitedAccepted: chance.between(1, 3),
    canaryWindows: chance.between(2, 8),
    canarySlots,
    // Everybody who works is paid something, so that the laws can tell.
    canaryPayBps: chance.between(2500, 10_000),
    limitedPayBps: chance.between(5000, 10_000),
  };
  return { mesh, admission };
}

/** Terms for catching up, in some worlds. */
const drawCatchUp = (chance: Chance): Pick<Policy, 'catchUp'> =>
  chance.ppm(400_000)
    ? {
        catchUp: {
          ...seedNetworkPolicy.catchUp,
          chunkBytes: 1024,
          staleRevisionsMax: chance.pick([0, 1, 16]),
        },
      }
    : {};
