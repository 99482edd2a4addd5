/** Scores in a simulated network: liars among the validators change nothing. */
import { expect, it } from 'vitest';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import { drawScenario, NO_TROUBLE } from './scenario.ts';
import { simulate } from './simulation.ts';

it('a bribed and a lazy validator among five come to nothing', async () => {
  const drawn = drawScenario('scores', { nodes: 15, windows: 3, authorities: 1 }, NO_TROUBLE);
  const validators = drawn.parties.filter(({ role }) => role === 'validator');
  expect(validators).toHaveLength(5);
  const conducts = {
    [validators[1]!.name]: 'bribed',
    [validators[3]!.name]: 'copies-scores',
  } as const;
  const outcome = await simulate(
    {
      ...drawn,
      policy: { ...drawn.policy, scoring: seedNetworkPolicy.scoring },
      parties: drawn.parties.map((party) => ({
        ...party,
        conduct: conducts[party.name] ?? party.conduct,
      })),
    },
    { lastLines: 10_000 },
  );
  expect(outcome).toMatchObject({ breach: null, completed: true });
  const told = (what: string): number =>
    outcome.lastLines.filter((line) => line.includes(what)).length;
  expect(told('consensus.reached')).toBe(3);
  expect(told('consensus.disagreed')).toBeGreaterThan(0);
});
