/** In a run with stages, too, whoever commits to one state twice is told no, and nothing comes of it. */
import { expect, it } from 'vitest';
import { drawScenario, NO_TROUBLE } from './scenario.ts';
import { simulate } from './simulation.ts';

it('a worker of stages commits to one state for two of them, and is refused', async () => {
  const drawn = drawScenario('7', { nodes: 8, windows: 3, authorities: 1 }, NO_TROUBLE);
  const parties = drawn.parties.map((party, index) => ({
    ...party,
    conduct: index === 0 ? ('commits-twice' as const) : ('honest' as const),
  }));
  const outcome = await simulate({ ...drawn, slots: 4, stages: 2, parties });
  expect(outcome).toMatchObject({ breach: null, completed: true });
  expect(outcome.refusals['delta_already_committed'] ?? 0).toBeGreaterThan(0);
});
