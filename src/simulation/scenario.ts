/**
 * A scenario: everything that makes one simulation, as plain data drawn from a seed - who takes part
 * and how they behave, the policy, the run, the faults. It can be printed, edited, made smaller and
 * played again; playing it twice gives the same ledger.
 */
import type { Policy } from '../projections/books.ts';
import { Chance } from './chance.ts';
import type { ConductName } from './conduct/table.ts';
import { conductsOf } from './conduct/table.ts';
import type { FaultKind, PlannedFault } from './faults.ts';
import { drawFaults, faultKinds } from './faults.ts';
import type { MaterialName } from './material.ts';
import type { PlannedNetwork } from './planned-network.ts';
import { drawNetwork } from './planned-network.ts';
import { drawTerms } from './terms.ts';

export interface Party {
  readonly name: string;
  readonly role: 'worker' | 'validator';
  readonly conduct: ConductName | 'honest';
  /** Whose keys recover it, where it registers itself; absent: its own. */
  readonly owner?: string;
}

export interface Scenario {
  readonly seed: string;
  readonly authorities: readonly string[];
  readonly parties: readonly Party[];
  /** Groups that an authority has in flight at once. */
  readonly flightsMax: number;
  readonly windows: number;
  readonly slots: number;
  /** Into how many stages each slot is cut; absent: none. */
  readonly stages?: number;
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
    ...drawStages(chance.of('stages')),
    policy: drawTerms(chance, { quorum, windows, slots, isFounded: network !== null }),
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

/** Every fourth network works on its slots in stages. */
const drawStages = (chance: Chance): Pick<Scenario, 'stages'> =>
  chance.ppm(250_000) ? { stages: chance.between(2, 4) } : {};

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
