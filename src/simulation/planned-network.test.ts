/** Scenarios with a council: drawn for some seeds, played to the end, and checked when read. */
import { expect, it } from 'vitest';
import { readScenario, ScenarioError, writeScenario } from './scenario-file.ts';
import { drawScenario, FULL_TROUBLE } from './scenario.ts';
import { simulate } from './simulation.ts';

const drawn = Array.from({ length: 20 }, (_, seed) =>
  drawScenario(`founded-${seed}`, { nodes: 6, windows: 2, authorities: 1 }, FULL_TROUBLE),
);
const founded = drawn.filter(({ network }) => network !== undefined);

it('are some of those that are drawn', () => {
  expect(founded.length).toBeGreaterThan(0);
  expect(founded.length).toBeLessThan(drawn.length);
});

it('come back from their file, and play', async () => {
  const [scenario] = founded;
  if (scenario === undefined) throw new Error('none is founded');
  expect(readScenario(writeScenario(scenario))).toEqual(scenario);
  expect(await simulate(scenario)).toMatchObject({ breach: null, completed: true });
});

it('are refused where votes do not fit the seats, or the policy has no terms', () => {
  const [scenario] = founded;
  if (scenario?.network === undefined) throw new Error('none is founded');
  const { network, policy } = scenario;
  const refused = (change: object): void =>
    expect(() => readScenario(JSON.stringify({ ...scenario, ...change }))).toThrow(ScenarioError);
  refused({ network: { ...network, weights: [...network.weights, 1] } });
  refused({ network: { ...network, weights: [] } });
  const { governance: _, ...silent } = policy;
  refused({ policy: silent });
});
