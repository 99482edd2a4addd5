/**
 * A scenario: everything that makes one simulation, as plain data drawn from a seed - who takes part
 * and how they behave, the policy, the run, the faults. It can be printed, edited, made smaller and
 * played again; playing it twice gives the same ledger.
 */
import type { Policy } from '../projections/books.ts';
import { deterrentStake, deters } from '../commands/deterrence.ts';
import type { Shape } from '../commands/deterrence.ts';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import { Chance } from './chance.ts';
import type { ConductName } from './conduct/table.ts';
import { conductsOf } from './conduct/table.ts';
import type { FaultKind, PlannedFault } from './faults.ts';
import { drawFaults, faultKinds } from './faults.ts';
import type { MaterialName } from './material.ts';
import type { PlannedNetwork } from './planned-network.ts';
import { drawNetwork } from './planned-network.ts';

export interface Party {
  readonly name: string;
  readonly role: 'worker' | 'validator';
  readonly conduct: ConductName | 'honest';
}

export interface Scenario {
  readonly seed: string;
  readonly authorities: readonly string[];
  readonly parties: readonly Party[];
  /** Groups that an authority has in flight at once. */
  readonly flightsMax: number;
  readonly windows: number;
  readonly slots: number;
  readonly policy: Policy;
  readonly faults: readonly PlannedFault[];
  /** How the authorities behave; absent: honestly. */
  readonly authorityConduct?: ConductName;
  /** What is trained; absent: the toy material. */
  readonly material?: MaterialName;
  /** Absent: the operator decides the terms to the end. */
  readonly network?: PlannedNetwork;
}

export interface Size {
  /** Workers and validators together. */
  readonly nodes: number;
  readonly windows: number;
  readonly authorities: number;
}

/** Least and most, for seeds to draw from. */
export type Range = readonly [least: number, most: number];
export type Sizes = { readonly [member in keyof Size]: Range };

export interface Trouble {
  readonly kinds: readonly FaultKind[];
  /** Faults a window, on average. */
  readonly faultsPerWindow: number;
  readonly dishonest: boolean;
}

export const FULL_SIZE: Size = { nodes: 20, windows: 10, authorities: 2 };
export const FULL_TROUBLE: Trouble = { kinds: faultKinds, faultsPerWindow: 3, dishonest: true };
export const NO_TROUBLE: Trouble = { kinds: [], faultsPerWindow: 0, dishonest: false };

const SECOND_MS = 1000;
/** What a window takes about when nothing goes wrong: faults are spread over so long a run. */
const WINDOW_MS = 30 * SECOND_MS;
/** Scenarios whose operator founds a network. */
const FOUNDED_PPM = 300_000;
const GOVERNANCE = { ...seedNetworkPolicy.governance, votingEpochs: 1, noticeEpochs: 1 };

/** The size of a seed's network: where there is something to draw, it is drawn from the seed. */
export function drawSize(seed: string, { nodes, windows, authorities }: Sizes): Size {
  const chance = new Chance(`size ${seed}`);
  return {
    nodes: chance.between(...nodes),
    windows: chance.between(...windows),
    authorities: chance.between(...authorities),
  };
}

export function drawScenario(seed: string, size: Size, trouble: Trouble): Scenario {
  const chance = new Chance(`scenario ${seed}`);
  const validators = Math.max(3, Math.round(size.nodes / 3));
  const workers = size.nodes - validators;
  // A dishonest quorum decides what is true: the honest must have the majority of any panel.
  const liars = trouble.dishonest ? chance.below(Math.floor((validators - 1) / 2) + 1) : 0;
  const cheats = trouble.dishonest ? chance.below(Math.floor(workers / 2) + 1) : 0;
  const quorum = Math.max(2, liars + 1);
  const parties = [
    ...cast('worker', workers, cheats, chance.of('workers')),
    ...cast('validator', validators, liars, chance.of('validators')),
  ];
  const authorities = Array.from({ length: size.authorities }, (_, i) => `authority-${i + 1}`);
  const flightsMax = chance.pick([1, 4]);
  const { windows } = size;
  const slots = chance.between(2, Math.max(2, Math.min(6, workers - cheats)));
  // Drawn apart: scenarios without one are what they would be if there were none.
  const founding = chance.of('network');
  const network = founding.ppm(FOUNDED_PPM)
    ? drawNetwork(founding, WINDOW_MS * size.windows)
    : null;
  return {
    seed,
    authorities,
    parties,
    flightsMax,
    windows,
    slots,
    policy: deterring(
      {
        ...drawPolicy(chance.of('policy'), quorum, windows),
        ...drawScoring(chance.of('scoring')),
        ...drawCatchUp(chance.of('catch-up')),
        ...(network === null ? {} : { governance: GOVERNANCE }),
      },
      { windows, slots },
    ),
    ...(network === null ? {} : { network }),
    faults: drawFaults(
      chance.of('faults'),
      { authorities, nodes: parties.map(({ name }) => name) },
      {
        count: chance.below(2 * trouble.faultsPerWindow * size.windows + 1),
        kinds: trouble.kinds,
        horizonMs: WINDOW_MS * size.windows,
      },
    ),
  };
}

function cast(role: Party['role'], count: number, dishonest: number, chance: Chance): Party[] {
  const bad = new Set(
    chance.shuffled(Array.from({ length: count }, (_, i) => i)).slice(0, dishonest),
  );
  return Array.from({ length: count }, (_, i) => ({
    name: `${role}-${i + 1}`,
    role,
    conduct: bad.has(i) ? chance.pick(conductsOf(role)) : 'honest',
  }));
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

function drawPolicy(chance: Chance, quorum: number, windows: number): Policy {
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
