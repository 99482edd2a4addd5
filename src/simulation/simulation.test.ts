/** A scenario has one history, whatever goes wrong in it. */
import { expect, it } from 'vitest';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import { readScenario, writeScenario } from './scenario-file.ts';
import { drawScenario, FULL_TROUBLE, NO_TROUBLE } from './scenario.ts';
import { simulate } from './simulation.ts';

const SMALL = { nodes: 6, windows: 2, authorities: 1 };

it('the same scenario has the same history, another seed another one', async () => {
  const troubled = (seed: string) => drawScenario(seed, SMALL, FULL_TROUBLE);
  const [one, again] = [await simulate(troubled('1')), await simulate(troubled('1'))];
  const other = await simulate(troubled('2'));
  expect(one.breach).toBeNull();
  expect(again).toEqual(one);
  expect(other.transcriptDigest).not.toBe(one.transcriptDigest);
});

it('a calm network completes its run', async () => {
  const outcome = await simulate(drawScenario('calm', { ...SMALL, windows: 3 }, NO_TROUBLE));
  expect(outcome).toMatchObject({ breach: null, completed: true, promoted: 3 });
});

it('an open network, whose parties come by themselves, stake and take offers, completes its run', async () => {
  for (const trouble of [NO_TROUBLE, FULL_TROUBLE]) {
    const scenario = drawScenario('open', SMALL, trouble);
    const policy = { ...scenario.policy, registry: seedNetworkPolicy.registry };
    const open = readScenario(writeScenario({ ...scenario, policy }));
    expect(await simulate(open)).toMatchObject({ breach: null, completed: true });
  }
});

it('is cut off after so many ticks, with the books held to the laws up to there', async () => {
  const outcome = await simulate(drawScenario('cut', SMALL, NO_TROUBLE), { ticksMax: 300 });
  expect(outcome).toMatchObject({ breach: null, completed: false, ticks: 300 });
});
