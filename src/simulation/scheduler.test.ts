import { expect, it } from 'vitest';
import { rejection } from '../testing/contracts/collect.ts';
import { Chance } from './chance.ts';
import { Scheduler } from './scheduler.ts';

const scheduler = (seed = 'order'): Scheduler => new Scheduler(100, new Chance(seed));

it('wakes sleepers in the order of their deadlines, each at its own time', async () => {
  const clock = scheduler();
  const woken: [string, number][] = [];
  for (const [name, ms] of [
    ['late', 30],
    ['early', 10],
    ['middle', 20],
  ] as const)
    void clock.sleep(ms).then(() => woken.push([name, clock.nowMs()]));
  await clock.advance(9);
  expect(woken).toEqual([]);
  await clock.advance(21);
  expect(woken).toEqual([
    ['early', 110],
    ['middle', 120],
    ['late', 130],
  ]);
});

it('lets everything that can run have run before the next wake', async () => {
  const clock = scheduler();
  const seen: string[] = [];
  clock.after(1, () => {
    void (async () => {
      for (let i = 0; i < 50; i += 1) await Promise.resolve();
      seen.push('deep');
    })();
  });
  clock.after(1, () => {});
  clock.after(2, () => seen.push('next'));
  await clock.advance(5);
  expect(seen).toEqual(['deep', 'next']);
});

it('draws the order of equal deadlines from the seed, the same for the same seed', async () => {
  const orderOf = async (seed: string): Promise<number[]> => {
    const clock = scheduler(seed);
    const order: number[] = [];
    for (let i = 0; i < 20; i += 1) clock.after(5, () => order.push(i));
    await clock.advance(5);
    return order;
  };
  const [one, again, other] = [await orderOf('a'), await orderOf('a'), await orderOf('b')];
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
  expect(other.toSorted((a, b) => a - b)).toEqual(one.toSorted((a, b) => a - b));
});

it('rejects a sleep that is aborted, and never wakes for it', async () => {
  const clock = scheduler();
  const stop = new AbortController();
  const sleeping = rejection(clock.sleep(10, stop.signal));
  stop.abort(new Error('enough'));
  expect(await sleeping).toEqual(new Error('enough'));
  const before = clock.ticks;
  await clock.run(() => false);
  expect(clock.ticks).toBe(before);
});
