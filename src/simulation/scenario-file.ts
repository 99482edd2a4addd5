/**
 * A scenario as a file: JSON, for people to read, edit and play again. Invariant: what is read is
 * checked so far that a mistyped file says what is wrong instead of simulating something else.
 */
import { adoptionOf } from '../commands/policy-adoption.ts';
import { catalogue } from '../events/catalogue.ts';
import type { Policy } from '../projections/books.ts';
import { CONDUCTS } from './conduct/table.ts';
import { FAULT_KINDS } from './faults.ts';
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

const isWhole = (value: unknown, least: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least;

function isPolicy(value: unknown): value is Policy {
  if (typeof value !== 'object' || value === null) return false;
  const { type, data } = adoptionOf(value as Policy);
  return catalogue.get(type)?.data.is(data) === true;
}

function problemOf(scenario: Scenario): string | null {
  const { seed, authorities, parties, flightsMax, windows, slots, policy, faults } = scenario;
  if (typeof seed !== 'string') return '"seed" is text';
  if (![authorities, parties, faults].every(Array.isArray))
    return '"authorities", "parties" and "faults" are lists';
  if (authorities.length === 0 || parties.length === 0) return 'nobody takes part';
  if (!isWhole(flightsMax, 1)) return '"flightsMax" is at least 1';
  if (!isWhole(windows, 1) || !isWhole(slots, 1)) return '"windows" and "slots" are at least 1';
  if (!isPolicy(policy)) return '"policy" is not one';
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
