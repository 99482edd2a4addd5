/** Names of the folders of demos. */
import { expect, it } from 'vitest';
import { demoFolder } from './demo-folder.ts';

it('say the seed, and which of the demos with it', () => {
  const taken = new Set<string>();
  const next = (seed: number): string => {
    const name = demoFolder(seed, (one) => taken.has(one));
    taken.add(name);
    return name;
  };
  expect([1, 5, 5, 1, 5].map(next)).toEqual([
    'demo-1.daybook',
    'demo-5.daybook',
    'demo-5-2.daybook',
    'demo-1-2.daybook',
    'demo-5-3.daybook',
  ]);
});
