/**
 * A scenario as a file: JSON, for people to read, edit and play again. Invariant: what is read is
 * checked so far that a mistyped file says what is wrong instead of simulating something else.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { adoptionOf } from '../commands/policy-adoption.ts';
import { catalogue } from '../events/catalogue.ts';
import { firstProblem } from '../events/codecs.ts';
import type { Policy } from '../projections/books.ts';
import { CONDUCTS } from './conduct/table.ts';
import { FAULT_KINDS } from './faults.ts';
import type { PlannedNetwork } from './planned-network.ts';
import type { Scenario } from './scenario.ts';

export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

export const writeScenario = (scenario: Scenario): string =>
  `${JSON.stringify(scenario, null, 2)}\n`;

/** @throws ScenarioError */
export function readScenario(text: string): Scenario {
  const scenario = parsed(text);
  const problem = problemOf(scenario);
  if (problem !== null) throw new ScenarioError(problem);
  return scenario;
}

function parsed(text: string): Scenario {
  try {
    return JSON.parse(text) as Scenario;
  } catch (error) {
    throw new ScenarioError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** As many as a plan can have. */
const STAGES_MAX = 64;

const isWhole = (value: unknown, least: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least;

function isPlanned({ epochMs, weights, proposals }: PlannedNetwork, policy: Policy): boolean {
  if (!isWhole(epochMs, 1000) || policy.governance === undefined) return false;
  if (!Array.isArray(weights) || !Array.isArray(proposals)) return false;
  return (
    weights.length > 0 &&
    weights.every((weight) => isWhole(weight, 1)) &&
    proposals.every(({ atMs, votes }) => isWhole(atMs, 0) && votes.length === weights.length)
  );
}

function problemOf(scenario: Scenario): string | null {
  const { seed, authorities, parties, flightsMax, windows, slots, policy, faults, network } =
    scenario;
  if (typeof seed !== 'string') return '"seed" is text';
  if (![authorities, parties, faults].every(Array.isArray))
    return '"authorities", "parties" and "faults" are lists';
  if (authorities.length === 0 || parties.length === 0) return 'nobody takes part';
  if (!isWhole(flightsMax, 1)) return '"flightsMax" is at least 1';
  if (!isWhole(windows, 1) || !isWhole(slots, 1)) return '"windows" and "slots" are at least 1';
  const { stages } = scenario;
  if (stages !== undefined && !(isWhole(stages, 2) && stages <= STAGES_MAX))
    return `"stages" is from 2 to ${STAGES_MAX}`;
  const problem = policyProblem(policy);
  if (problem !== null) return `"policy": ${problem}`;
  if (network !== undefined && !isPlanned(network, policy))
    return '"network" is not one, or the policy has no terms of governance';
  const names = new Set<string>([...authorities, ...parties.map(({ name }) => name), '*']);
  for (const { name, conduct, role } of parties) {
    if (conduct === 'honest') continue;
    if (!(conduct in CONDUCTS) || CONDUCTS[conduct].role !== role)
      return `${name}: there is no ${role} with the conduct "${conduct}"`;
  }
  for (const { id, kind, target, fromMs, untilMs, amount } of faults) {
    if (!(kind in FAULT_KINDS)) return `fault ${id}: there is no kind "${kind}"`;
    if (!names.has(target)) return `fault ${id}: there is no "${target}"`;
    if (!isWhole(fromMs, 0) || !isWhole(untilMs, fromMs)) return `fault ${id}: its times are not`;
    if (!Number.isSafeInteger(amount)) return `fault ${id}: "amount" is a whole number`;
  }
  return null;
}

/** Held against the version that has its sections; null: it can be adopted. */
export function policyProblem(policy: Policy): string | null {
  if (typeof policy !== 'object' || policy === null) return 'it has no sections';
  const { type, data } = adoptionOf(policy);
  const codec = catalogue.get(type)?.data;
  if (codec === undefined) return `${type} is not known`;
  const read = codec.decode(data);
  return isLeft(read) ? firstProblem(read.left) : null;
}
