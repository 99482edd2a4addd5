/** A campaign plays thousands of networks in one process: what one was made of goes when it is over. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { drawScenario, FULL_TROUBLE } from './scenario.ts';
import { simulate } from './simulation.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Something that only the network holds. */
async function played(seed: string): Promise<WeakRef<object>> {
  const seen: unknown[] = [];
  const onEvent = (event: unknown): void => void seen.push(event);
  const size = { nodes: 6, windows: 2, authorities: 2 };
  const outcome = await simulate(drawScenario(seed, size, FULL_TROUBLE), { onEvent });
  expect(seen.length).toBe(outcome.entries);
  return new WeakRef(onEvent);
}

it('a network that is over holds no memory', async () => {
  const networks: WeakRef<object>[] = [];
  for (const seed of ['1', '2', '3', '4', '5', '6']) networks.push(await played(seed));
  // What is left to be done goes first: timers that were stopped, promises that were settled.
  const held = async (): Promise<number> => {
    collect();
    return networks.filter((network) => network.deref() !== undefined).length;
  };
  await expect.poll(held, { timeout: 60_000 }).toBe(0);
});
